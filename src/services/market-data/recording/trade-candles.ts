import type { Candle } from '../../../trading/candle.ts';
import { CandleBuilder } from '../../../trading/resample.ts';
import type { Page, PageArguments } from '../../database/index.ts';
import { DomainError } from '../../errors.ts';
import type { MarketKey } from '../latest-feeds.ts';
import { timePage } from '../time-cursor.ts';
import { secondMs, type TradeSecond } from './trade-seconds.ts';
import type { TimeRange, TradeStore } from './trade-store.ts';

const largestTradeCandlePage = 1_000;
const daySeconds = 86_400;
/** Stored seconds that may be read to build one page. */
const mostSeconds = 200_000;

/**
 * Candles built from recorded trades. Only such are built as are known from their first to their last second; as at an exchange, one in which
 * nothing was traded is not there.
 */
export class TradeCandles {
  private readonly store: TradeStore;

  constructor(store: TradeStore) {
    this.store = store;
  }

  /**
   * @param seconds length of a candle: from 1 to 86,400, a divisor of the day
   * @throws DomainError INVALID for another length, LIMIT_EXCEEDED, BAD_REQUEST or BAD_CURSOR as for other pages
   */
  async page(key: MarketKey, seconds: number, range: TimeRange, args: PageArguments): Promise<Page<Candle>> {
    checkLength(seconds);
    const page = timePage(`${key.exchange} ${key.symbol} trades ${seconds}`, range, args, largestTradeCandlePage);
    const most = Math.floor(mostSeconds / seconds) - 1;
    if (page.size > most)
      throw new DomainError(
        'LIMIT_EXCEEDED',
        `${page.size} candles of ${seconds} seconds would be built from trades; at most ${most} of them can be asked for at once`,
        { details: { limit: most, value: page.size } },
      );
    const found = await this.candles(key, seconds, page, page.size + 1, page.backwards);
    return { ...page.pageOf(found), cursorOf: ({ openTime }) => page.cursorOf(openTime) };
  }

  /** How many candles a range has, as far as they can be built at once. */
  async count(key: MarketKey, seconds: number, { from, to }: TimeRange): Promise<{ value: number; exact: boolean }> {
    checkLength(seconds);
    const cap = Math.min(10_000, Math.floor(mostSeconds / seconds));
    const range = { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY };
    const counted = (await this.candles(key, seconds, range, cap + 1, false)).length;
    return { value: Math.min(counted, cap), exact: counted <= cap };
  }

  /** The first or the last candles that open in a range, ascending. */
  private async candles(
    key: MarketKey,
    seconds: number,
    { from, to }: { from: number; to: number },
    limit: number,
    fromEnd: boolean,
  ): Promise<Candle[]> {
    const length = seconds * secondMs;
    const ceiling = (at: number): number => (Number.isFinite(at) ? Math.ceil(at / length) * length : at);
    const stretches = await this.store.stretches(key, { from, to });
    let candles: Candle[] = [];
    for (const { startAt, endAt } of fromEnd ? stretches.reverse() : stretches) {
      const whole = {
        from: Math.max(ceiling(from), ceiling(startAt)),
        to: Math.min(ceiling(to), Math.floor(endAt / length) * length),
      };
      const missing = limit - candles.length;
      if (missing === 0) break;
      if (whole.from >= whole.to) continue;
      // So many seconds are enough for the candles that are missing, however densely they are traded.
      const parts = await this.store.seconds(key, whole, missing * seconds, fromEnd ? 'LAST' : 'FIRST');
      const built = candlesFrom(parts, seconds);
      candles = fromEnd ? [...built.slice(-missing), ...candles] : [...candles, ...built.slice(0, missing)];
    }
    return candles;
  }
}

/** One candle for each length of time that has seconds. @param parts ascending */
export function candlesFrom(parts: readonly TradeSecond[], seconds: number): Candle[] {
  const length = seconds * secondMs;
  const builders: CandleBuilder[] = [];
  for (const { timestamp, open, high, low, close, buyQuantity, sellQuantity } of parts) {
    const openTime = Math.floor(timestamp / length) * length;
    let builder = builders.at(-1);
    if (builder?.openTime !== openTime) builders.push((builder = new CandleBuilder(openTime)));
    // What was sold traded at prices that the second has already.
    builder.add(open, high, low, close, buyQuantity);
    builder.add(close, close, close, close, sellQuantity);
  }
  return builders.map((builder) => builder.candle());
}

function checkLength(seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 1 && daySeconds % seconds === 0) return;
  throw new DomainError(
    'INVALID',
    `a candle of ${seconds} seconds cannot be built: it must be from 1 to ${daySeconds} and divide a day`,
    {
      path: ['seconds'],
    },
  );
}
