/** A candle of the venue. */
export interface VenueCandle {
  readonly openTime: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export const intervalMs: Readonly<Record<string, number>> = { '1m': 60_000, '5m': 300_000, '1h': 3_600_000 };

/** Past candles and the forming one, by symbol and interval. */
export class VenueCandles {
  private readonly rows = new Map<string, VenueCandle[]>();

  /** Adds a candle, or puts it in the place of the one that opened then. */
  put(symbol: string, interval: string, candle: VenueCandle): void {
    const rows = this.of(symbol, interval);
    const at = rows.findLastIndex((row) => row.openTime <= candle.openTime);
    if (rows[at]?.openTime === candle.openTime) rows[at] = candle;
    else rows.splice(at + 1, 0, candle);
  }

  /** As `GET /api/v3/klines`: with a start the first ones from there, otherwise the last ones. The forming candle is among them. */
  page(symbol: string, interval: string, query: { start?: number; end?: number; limit: number }): VenueCandle[] {
    const { start, end, limit } = query;
    const rows = this.of(symbol, interval).filter(
      ({ openTime }) => openTime >= (start ?? 0) && openTime <= (end ?? Number.POSITIVE_INFINITY),
    );
    return start === undefined ? rows.slice(-limit) : rows.slice(0, limit);
  }

  private of(symbol: string, interval: string): VenueCandle[] {
    const key = `${symbol} ${interval}`;
    let rows = this.rows.get(key);
    if (!rows) this.rows.set(key, (rows = []));
    return rows;
  }
}

/** Deterministic candles: the same seed and time always give the same one. */
export function seededCandle(seed: number, openTime: number, length = 60_000): VenueCandle {
  const noise = (salt: number): number => {
    let x = Math.imul((openTime / length) ^ Math.imul(seed + 1, 0x9e3779b1), 0x85ebca6b) + salt * 0x27d4eb2f;
    x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
    x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
  const cents = (value: number): number => Math.round(value * 100) / 100;
  const open = cents(10_000 + 100 * noise(1));
  const close = cents(10_000 + 100 * noise(2));
  return {
    openTime,
    open,
    close,
    high: cents(Math.max(open, close) + 10 * noise(3)),
    low: cents(Math.min(open, close) - 10 * noise(4)),
    volume: cents(50 * noise(5)),
  };
}
