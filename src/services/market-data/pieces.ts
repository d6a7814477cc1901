import type { Candles } from '../../trading/candle.ts';
import { emptyCandles } from '../../trading/series.ts';
import type { Dialect } from '../database/index.ts';

/** Candles that are read together: so few that nothing else waits long meanwhile, and few of them are objects at the same time. */
export const pieceLength: { readonly [D in Dialect]: number } = { sqlite: 10_000, postgresql: 20_000 };

const names = ['open_time', 'open', 'high', 'low', 'close', 'volume'] as const;
type Name = (typeof names)[number];

/**
 * A select of some candles of a table as one that `pieceOf` reads as columns. PostgreSQL packs each column itself, as doubles in network
 * order: a third of what rows cost, because no number becomes text.
 * @param rows selects the six columns, ascending by open time
 */
export function pieceStatement(dialect: Dialect, rows: string): string {
  if (dialect === 'sqlite') return rows;
  const packed = names.map((name) => `string_agg(float8send(${name}::float8), ''::bytea) as ${name}`);
  return `select ${packed.join(', ')} from (${rows}) as piece`;
}

/** What the statement found. */
export function pieceOf(dialect: Dialect, rows: readonly unknown[]): Candles {
  return dialect === 'sqlite'
    ? fromRows(rows as readonly Record<Name, number>[])
    : fromPacked(rows[0] as Record<Name, Buffer | null>);
}

function fromRows(rows: readonly Record<Name, number>[]): Candles {
  const { openTime, open, high, low, close, volume } = emptyCandles(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    openTime[i] = row.open_time;
    open[i] = row.open;
    high[i] = row.high;
    low[i] = row.low;
    close[i] = row.close;
    volume[i] = row.volume;
  }
  return { openTime, open, high, low, close, volume };
}

function fromPacked(packed: Record<Name, Buffer | null>): Candles {
  return {
    openTime: doublesOf(packed.open_time),
    open: doublesOf(packed.open),
    high: doublesOf(packed.high),
    low: doublesOf(packed.low),
    close: doublesOf(packed.close),
    volume: doublesOf(packed.volume),
  };
}

function doublesOf(bytes: Buffer | null): Float64Array {
  if (bytes === null) return new Float64Array(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(bytes.byteLength / 8);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(i * 8);
  return values;
}
