import { createRequire } from 'node:module';
import type { Candles } from '../../src/trading/candle.ts';
import type { SeriesKey } from '../../src/services/market-data/series-key.ts';

/** The drivers alone, as the program's own yardstick: all rows of a series as arrays, and rows written with one prepared statement. */
export interface Yardstick {
  readonly name: string;
  /** How many rows there are. */
  readAll(key: SeriesKey): number | Promise<number>;
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
    readAll: (key) => select.raw().all(...keyOf(key)).length,
    write: (key, { openTime, open, high, low, close, volume }) =>
      native.transaction(() => {
        for (let i = 0; i < openTime.length; i++)
          insert.run(...keyOf(key), openTime[i], open[i], high[i], low[i], close[i], volume[i]);
      })(),
    close: () => native.close(),
  };
}

interface PgClient {
  connect(): Promise<unknown>;
  query(query: { text: string; values: unknown[]; rowMode?: 'array' }): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
}

export async function nodePostgres(url: string): Promise<Yardstick> {
  const { Client } = require('pg') as { Client: new (url: string) => PgClient };
  const client = new Client(url);
  await client.connect();
  return {
    name: 'node-postgres',
    readAll: async (key) => {
      const text = `select ${columns} from candles where exchange = $1 and symbol = $2 and timeframe = $3 order by open_time`;
      return (await client.query({ text, values: keyOf(key), rowMode: 'array' })).rows.length;
    },
    write: (key, { openTime, open, high, low, close, volume }) =>
      client.query({
        text: `insert into candles (exchange, symbol, timeframe, ${columns})
          select $1, $2, $3, fresh.* from unnest($4::bigint[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::float8[]) as fresh`,
        values: [...keyOf(key), ...[openTime, open, high, low, close, volume].map((column) => Array.from(column))],
      }),
    close: () => client.end(),
  };
}
