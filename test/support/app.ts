import type { FormattedExecutionResult } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/services/logger.ts';
import { Passwords } from '../../src/services/security/passwords.ts';

/** Answers are whatever the document asks for. */
// oxlint-disable-next-line typescript/no-explicit-any
type Data = Record<string, any>;

export interface Answer {
  data?: Data | null;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; requestId: string } & Record<string, unknown>;
  }[];
}

export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** The whole program, serving on a free port, as its users meet it. */
export class TestApp {
  readonly app: App;
  readonly url: string;
  /** Clients of the WebSocket that a test has opened. */
  readonly sockets: Client[] = [];
  /** A folder of this app's own; it is gone when the app is. */
  readonly folder: string;

  constructor(app: App, url: string, folder: string) {
    this.app = app;
    this.url = url;
    this.folder = folder;
  }

  /** Sends an operation over HTTP. */
  async graphql(query: string, variables: Record<string, unknown> = {}, token?: string): Promise<Answer> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  /** A client of the WebSocket; closed with the app. */
  client(token?: string): Client {
    const client = createClient({
      url: this.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      // Stays open between subscriptions; it is closed with the app.
      lazyCloseTimeout: 60_000,
      ...(token ? { connectionParams: { authorization: `Bearer ${token}` } } : {}),
    });
    this.sockets.push(client);
    return client;
  }

  /** The items of a subscription, one by one; ends the subscription when the loop is left. */
  subscribe(
    query: string,
    variables: Record<string, unknown> = {},
    token?: string,
  ): AsyncIterableIterator<FormattedExecutionResult<Data>> {
    return this.client(token).iterate({ query, variables });
  }

  async signUp(email: string, password = 'a long enough secret'): Promise<TestUser> {
    const answer = await this.graphql(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken user { id email } errors { code message } } }',
      { input: { email, password } },
    );
    const result = answer.data?.['signUp'];
    if (!result?.accessToken) throw new Error(`sign-up failed: ${JSON.stringify(answer)}`);
    return { id: result.user.id, email, token: result.accessToken, refreshToken: result.refreshToken };
  }

  async stop(): Promise<void> {
    for (const client of this.sockets) await client.dispose();
    await this.app.stop(2000);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts the program on a database of the test's own; quiet, without demo, unless told otherwise. */
export async function startApp(
  databaseUrl: string,
  overrides: Partial<Config> = {},
  options: Partial<AppOptions> = {},
): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-'));
  const config: Config = {
    ...readConfig({
      PORT: '0',
      DATABASE_URL: databaseUrl,
      CANDLEWICK_SECRET: 'test '.repeat(8),
      CANDLEWICK_DEMO: 'off',
      LOG_LEVEL: 'silent',
    }),
    dataFolder: folder,
    ...overrides,
  };
  const app = await createApp(config, {
    logger: createLogger({ level: config.logLevel, pretty: false }),
    openMarketData: () => Promise.reject(new Error('tests have no network')),
    passwords: new Passwords({ cost: { memoryKiB: 64, passes: 1, parallelism: 1 } }),
    ...options,
    // A busy machine takes its time.
    limits: { operationMs: 60_000, ...options.limits },
  });
  const { url } = await app.start();
  return new TestApp(app, url, folder);
}
