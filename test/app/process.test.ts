import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import { type EntityManager, openDatabase } from '../../src/services/database/index.ts';
import { newPostgres } from '../support/databases.ts';

/* The program as a process: what a person sees who starts it, and what is left when it is stopped or killed. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'candlewick-process-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
  /** What it has printed so far. */
  printed(): string;
}

function start(env: Record<string, string>): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return { child, printed: () => out, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err }))) };
}

async function ready(run: Run): Promise<{ url: string; password: string | undefined }> {
  await expect.poll(() => run.printed()).toContain('Candlewick is ready');
  await expect.poll(() => run.printed()).toMatch(/\n\n$/);
  return { url: /http:\S+/.exec(run.printed())?.[0] ?? '', password: /password: +(\S+)/.exec(run.printed())?.[1] };
}

// oxlint-disable-next-line typescript/no-explicit-any -- whatever is asked for
async function ask(url: string, query: string, token?: string): Promise<any> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { data: unknown }).data;
}

describe('a start that is impossible ends with one sentence and exit code 1', () => {
  const cases: [string, () => Promise<Record<string, string>> | Record<string, string>, RegExp][] = [
    [
      'a wrong value',
      () => ({ PORT: 'http' }),
      /^PORT is "http"; it must be a whole number from 0 to 65535 \(0 picks a free port\)\n$/,
    ],
    [
      'a file that is no database',
      () => {
        writeFileSync(join(folder, 'letter.db'), 'Dear Sir or Madam, this is a letter and not a database at all.'.repeat(20));
        return { DATABASE_URL: `sqlite:${join(folder, 'letter.db')}` };
      },
      /^[^\n]*letter\.db[^\n]*database[^\n]*\n$/,
    ],
    [
      'a folder in place of the file',
      () => {
        mkdirSync(join(folder, 'folder.db'));
        return { DATABASE_URL: `sqlite:${join(folder, 'folder.db')}` };
      },
      /^[^\n]*folder\.db is not a file[^\n]*\n$/,
    ],
    [
      'a PostgreSQL that does not answer',
      () => ({ DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none' }),
      /^(?![^\n]*hunter2)[^\n]*127\.0\.0\.1:1[^\n]*\n$/,
    ],
  ];

  it.each(cases)('%s', async (_case, env, sentence) => {
    const { code, err, out } = await start({ DATABASE_URL: `sqlite:${join(folder, 'unused.db')}`, ...(await env()) }).ended;
    expect(err).toMatch(sentence);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it('a port in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = await start({ PORT: String(port), DATABASE_URL: `sqlite:${join(folder, 'port.db')}` }).ended;
    other.close();
    expect({ code, err }).toEqual({
      code: 1,
      err: `port ${port} on 127.0.0.1 is in use: stop what listens there, or set PORT to another one\n`,
    });
  });

  it('a database that another program has locked', async () => {
    const file = join(folder, 'locked.db');
    const Native = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => {
      exec(sql: string): void;
      close(): void;
    };
    const holder = new Native(file);
    holder.exec('pragma journal_mode = wal; create table t (x); begin immediate');
    const { code, err } = await start({ DATABASE_URL: `sqlite:${file}` }).ended;
    holder.close();
    expect(code).toBe(1);
    expect(err).toMatch(/^[^\n]*locked\.db[^\n]*locked[^\n]*\n$/);
  });
});

describe.each(['SQLite', 'PostgreSQL'])('the program on %s', (kind) => {
  let url: string;
  let remove: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    if (kind === 'SQLite') url = `sqlite:${join(folder, 'demo.db')}`;
    else ({ url, remove } = await newPostgres('template0'));
  });
  afterAll(() => remove());

  it('makes a demo account once, stops on SIGTERM, and survives kill -9: the bots go on', async () => {
    const env = { DATABASE_URL: url, CANDLEWICK_SECRET: 'process test '.repeat(4), CANDLEWICK_SIM_SPEED: '240' };
    const first = start(env);
    const { url: address, password } = await ready(first);
    const { signIn } = await ask(
      address,
      `mutation { signIn(input: { email: "demo@candlewick.local", password: "${password}" }) { accessToken } }`,
    );
    const fills = async (at: string): Promise<number> =>
      (await ask(at, '{ trades { count { value } } }', signIn.accessToken)).trades.count.value;
    await expect.poll(() => fills(address)).toBeGreaterThan(0);
    first.child.kill('SIGKILL');
    await first.ended;

    const second = start(env);
    const again = await ready(second);
    expect(again.password).toBeUndefined();
    const before = await fills(again.url);
    await expect.poll(() => fills(again.url)).toBeGreaterThan(before);
    const states = async (): Promise<object[]> => {
      const { bots } = await ask(again.url, '{ bots { nodes { state { status lastErrorMessage } } } }', signIn.accessToken);
      return bots.nodes.map((bot: { state: object }) => bot.state);
    };
    const running = { status: 'RUNNING', lastErrorMessage: null };
    await expect.poll(states).toEqual([running, running]);
    second.child.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0, err: '' });
  }, 300_000);

  it('is run twice on one database: one process stands still, the other takes its bots over, and no order is made twice', async () => {
    const secret = 'process test '.repeat(4);
    const env = { DATABASE_URL: url, CANDLEWICK_SECRET: secret, CANDLEWICK_SIM_SPEED: '240', CANDLEWICK_DEMO: 'off' };
    const [first, second] = [start(env), start(env)];
    await Promise.all([ready(first), ready(second)]);
    const database = await openDatabase({ url });
    const em = (): EntityManager => database.system();
    const owners = async (): Promise<(string | null)[]> =>
      (await em().find(BotState, { status: 'RUNNING' }, { orderBy: { bot: 'asc' } })).map(({ leaseOwner }) => leaseOwner);
    const isOf = (run: Run) => (owner: string | null) => owner?.includes(`:${run.child.pid}:`) === true;
    await expect.poll(async () => (await owners()).filter((owner) => owner !== null).length).toBe(2);
    const held = await owners();
    const [still, other] = held.some(isOf(first)) ? [first, second] : [second, first];
    // Who is stopped within a transaction of SQLite holds the whole file, and nobody can go on: then once more.
    for (let tries = 1; ; tries++) {
      still.child.kill('SIGSTOP');
      const trades = await em().count(Trade, {});
      const goOn = async (): Promise<boolean> => {
        const now = await owners();
        return now.length === 2 && now.every(isOf(other)) && (await em().count(Trade, {})) > trades;
      };
      try {
        await expect.poll(goOn, { timeout: 45_000 }).toBe(true);
        break;
      } catch (error) {
        if (tries === 4) throw error;
      }
      still.child.kill('SIGCONT');
      await pause(250);
    }
    still.child.kill('SIGCONT');
    still.child.kill('SIGTERM');
    expect(await still.ended).toMatchObject({ code: 0 });
    other.child.kill('SIGTERM');
    expect(await other.ended).toMatchObject({ code: 0 });
    const states = await em().find(BotState, { status: 'RUNNING' });
    expect(states.map(({ lastErrorMessage }) => lastErrorMessage)).toEqual([null, null]);
    for (const { bot } of states) {
      const orders = await em().find(Order, { bot: bot.id, status: 'FILLED' });
      const signals = orders.map(({ signalKey }) => signalKey?.replace(/:\d+$/, ''));
      expect(new Set(signals).size).toBe(signals.length);
    }
    await database.close();
  }, 300_000);
});
