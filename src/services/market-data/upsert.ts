import type { Candles } from '../../trading/candle.ts';
import { sliceCandles } from '../../trading/series.ts';

/** One statement that stores some of the candles; exchange, symbol and timeframe come before its parameters. */
export interface UpsertStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

const insert = 'insert into candles (exchange, symbol, timeframe, open_time, open, high, low, close, volume)';
// Rows with the same values are not written, and not counted: importing a file twice changes nothing.
const onConflict = (differs: string): string =>
  `on conflict (exchange, symbol, timeframe, open_time) do update
   set open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume
   where (candles.open, candles.high, candles.low, candles.close, candles.volume) ${differs} (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)`;

/** Rows in one statement for SQLite: more gain nothing, and the statement is compiled once. */
const sqliteRows = 50;
const sqliteTexts = new Map<number, string>();

/** Many rows a statement, all of the same few lengths, so that SQLite compiles each once. */
export function* sqliteUpsert(candles: Candles): Generator<UpsertStatement> {
  const { openTime, open, high, low, close, volume } = candles;
  for (let start = 0; start < openTime.length; start += sqliteRows) {
    const end = Math.min(start + sqliteRows, openTime.length);
    const parameters: number[] = [];
    for (let i = start; i < end; i++) parameters.push(openTime[i], open[i], high[i], low[i], close[i], volume[i]);
    yield { sql: sqliteText(end - start), parameters };
  }
}

function sqliteText(rows: number): string {
  let text = sqliteTexts.get(rows);
  if (text === undefined) {
    const values = Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?)').join(', ');
    // The key is bound once per statement; `where true` lets SQLite tell the conflict clause from a join.
    text = `with series (exchange, symbol, timeframe) as (values (?, ?, ?)), fresh (open_time, open, high, low, close, volume) as (values ${values})
      ${insert} select exchange, symbol, timeframe, open_time, open, high, low, close, volume from series, fresh where true ${onConflict('is not')}`;
    sqliteTexts.set(rows, text);
  }
  return text;
}

/** Rows in one statement for PostgreSQL, as arrays. */
const postgresRows = 5_000;

const postgresText = `${insert} select $1, $2, $3, fresh.* from unnest($4::bigint[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::float8[]) as fresh ${onConflict('is distinct from')}`;

/** One array per column: one text however many rows. */
export function* postgresUpsert(candles: Candles): Generator<UpsertStatement> {
  for (let start = 0; start < candles.openTime.length; start += postgresRows) {
    const part = sliceCandles(candles, start, Math.min(start + postgresRows, candles.openTime.length));
    const columns = [part.openTime, part.open, part.high, part.low, part.close, part.volume];
    yield { sql: postgresText, parameters: columns.map((column) => Array.from(column)) };
  }
}
