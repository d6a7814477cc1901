import { createRequire } from 'node:module';
import type { Candles } from '../../src/trading/candle.ts';
import type { SeriesKey } from '../../src/services/market-data/series-key.ts';

/** The drivers alone, as the program's own yardstick: all rows of a series as arrays, and rows written as `writing` says. */
export interface Yardstick {
  readonly name: string;
  /** How many rows there are. */
  readAll(key: SeriesKey): number | Promise<number>;
  /** How `write` does it. */
  readonly writing: string;
  write(key: SeriesKey, candles: Candles): unknown;
  close(): unknown;
}

const require = createRequire(import.meta.url);
const columns = 'open_time, open, high, low, close, volume';
const keyOf = ({ exchange, symbol, timeframe }: SeriesKey): [string, string, string] => [exchange, symbol, timeframe];

interface Statement {
  raw(): { all(...parameters: unknown[]): unknown[][] };
  run(...parameters: unknown[]): unknown;
}
type Sqlite = new (file: string) => {
  pragma(text: string): unknown;
  prepare(sql: string): Statement;
  transaction(work: () => void): () => void;
  close(): void;
};

export function betterSqlite(file: string): Yardstick {
  const native = new (require('better-sqlite3') as Sqlite)(file);
  native.pragma('synchronous = FULL');
  const select = native.prepare(
    `select ${columns} from candles where exchange = ? and symbol = ? and timeframe = ? order by open_time`,
  );
  const insert = native.prepare(
    `insert into candles (exchange, symbol, timeframe, ${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    name: 'better-sqlite3',
    writing: 'a bare one-row prepared statement in one transaction',
    readAll: (key) => select.raw().all(...keyOf(key)).length,
    write: (key, { openTime, open, high, low, close, volume }) =>
      native.transaction(() => {
        for (let i = 0; i < openTime.length; i++)
          insert.run(...keyOf(key), openTime[i], open[i], high[i], low[i], close[i], volume[i]);
      })(),
    close: () => native.close(),
  };
}

/** What node-postgres lets a submitted query do on its connection; it is what libraries for COPY build on. */
interface PgConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Sends a text as the data of `copy … from stdin`. */
function copyIn(client: PgClient, sql: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed: Error | undefined;
    client.query({
      submit: (connection: PgConnection) => connection.query(sql),
      handleCopyInResponse: (connection: PgConnection) => {
        connection.sendCopyFromChunk(Buffer.from(text));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => undefined,
      handleError: (error: Error) => (failed = error),
      handleReadyForQuery: () => (failed ? reject(failed) : resolve()),
    });
  });
}

function copyText(key: SeriesKey, { openTime, open, high, low, close, volume }: Candles): string {
  const prefix = keyOf(key).join('\t');
  let text = '';
  for (let i = 0; i < openTime.length; i++)
    text += `${prefix}\t${openTime[i]}\t${open[i]}\t${high[i]}\t${low[i]}\t${close[i]}\t${volume[i]}\n`;
  return text;
}

interface PgClient {
  connect(): Promise<unknown>;
  query(query: { text: string; values: unknown[]; rowMode?: 'array' }): Promise<{ rows: unknown[] }>;
  query(text: string): Promise<unknown>;
  query(submitted: object): unknown;
  end(): Promise<void>;
}

export async function nodePostgres(url: string): Promise<Yardstick> {
  const { Client } = require('pg') as { Client: new (url: string) => PgClient };
  const client = new Client(url);
  await client.connect();
  return {
    name: 'node-postgres',
    writing: 'COPY to a temporary table and merge',
    readAll: async (key) => {
      const text = `select ${columns} from candles where exchange = $1 and symbol = $2 and timeframe = $3 order by open_time`;
      return (await client.query({ text, values: keyOf(key), rowMode: 'array' })).rows.length;
    },
    write: async (key, candles) => {
      await client.query('begin');
      await client.query('create temporary table fresh (like candles) on commit drop');
      await copyIn(client, `copy fresh (exchange, symbol, timeframe, ${columns}) from stdin`, copyText(key, candles));
      await client.query(
        `insert into candles select * from fresh on conflict (exchange, symbol, timeframe, open_time) do update
          set open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume`,
      );
      await client.query('commit');
    },
    close: () => client.end(),
  };
}
