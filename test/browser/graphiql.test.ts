import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { newSqlite } from '../support/databases.ts';

const candidates = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browserPath = candidates.find((path) => path !== undefined && existsSync(path));
if (browserPath === undefined)
  process.stderr.write('GraphiQL is not tested in a browser: no Chromium here (set CHROMIUM_PATH)\n');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(browserPath === undefined)('GraphiQL in a real browser', () => {
  let app: TestApp;
  let remove: () => Promise<void>;
  let browser: Browser;
  let page: Page;
  const foreign: string[] = [];
  const complaints: string[] = [];
  const password = 'a long enough secret';

  beforeAll(async () => {
    const built = spawnSync('node', ['scripts/build.js', 'graphiql'], { stdio: 'inherit' });
    expect(built.status).toBe(0);
    const database = await newSqlite();
    remove = database.remove;
    app = await startApp(database.url, { simSpeed: 600 }, { graphiqlFolder: join(import.meta.dirname, '../../dist/graphiql') });
    await app.signUp('browser@example.com', password);
    browser = await chromium.launch({ executablePath: browserPath, args: flags });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(90_000);
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(app.url).origin) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(app.url);
    await page.waitForSelector('.graphiql-container');
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await remove?.();
  });

  /** Opens the tab whose title begins so. */
  const openTab = async (title: string): Promise<void> => {
    await page.getByRole('tab', { name: title }).first().click();
    // The editor finds out which operation stands in it a moment after it was filled.
    await page.waitForTimeout(1000);
  };
  const run = (): Promise<void> => page.locator('.graphiql-execute-button').click();
  const response = (): Promise<string> =>
    page
      .locator('.result-window .view-lines')
      .innerText()
      .then((text) => text.replaceAll('\u00a0', ' '));

  it('has a tab for each sample operation', async () => {
    const titles = await page.getByRole('tab').allInnerTexts();
    expect(titles.map((title) => title.trim()).filter((title) => title !== '')).toEqual([
      'SignIn',
      'Bots',
      'OrderFilled',
      'BotStateChanged',
      'CandleUpdated',
      'Strategies',
      'CreateStrategy',
      'CreateBacktest',
      'JobProgressed',
    ]);
  });

  it('begins with the variables of the first one, which want nothing but a password', async () => {
    const variables = page.locator('.monaco-editor').nth(1);
    await expect.poll(() => variables.innerText()).toContain('demo@candlewick.local');
  });

  it('signs in, and keeps the token for every operation after', async () => {
    await openTab('SignIn');
    await page.locator('.monaco-editor').nth(1).click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(JSON.stringify({ input: { email: 'browser@example.com', password } }));
    // The editor closes brackets and quotes by itself, behind the cursor.
    await page.keyboard.press('ControlOrMeta+Shift+End');
    await page.keyboard.press('Delete');
    await run();
    await page.getByText('sent with every operation').waitFor();
    expect(await page.locator('.bar input').inputValue()).toMatch(/^ey/);
    await openTab('Bots');
    await run();
    await expect.poll(response).toContain('browser@example.com');
  });

  it('shows candles of an authenticated subscription as they come', async () => {
    await openTab('CandleUpdated');
    await run();
    await expect.poll(response).toContain('"candleUpdated"');
    const first = await response();
    await expect.poll(response).not.toBe(first);
    await page.screenshot({ path: join(app.folder, 'graphiql.png') });
    await run();
  });

  it('asks nobody but this server, and complains of nothing', () => {
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
