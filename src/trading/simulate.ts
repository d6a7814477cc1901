import type { Candles } from './candle.ts';
import { type Detail, DetailCursor } from './detail.ts';
import { type FundingCursor, type FundingRates, FundingSchedule } from './funding.ts';
import { Matcher, type MatcherOptions, type Reading } from './matcher.ts';
import type { Equity } from './metrics/equity.ts';
import { FillAt, type SimulationOptions, type TradingOptions } from './options.ts';
import { ExitReason } from './position.ts';
import { TradingSession } from './session.ts';
import type { BoundStrategy } from './strategy.ts';
import type { Timeframe } from './timeframe.ts';

/** A checked spec of a backtest. */
export interface Plan {
  readonly strategy: BoundStrategy;
  readonly options: TradingOptions & SimulationOptions;
  readonly timeframe: Timeframe;
  /** Set with the fill model DETAIL. */
  readonly detail: Detail | null;
  /** Rates as they were; null: the constant one of the options. */
  readonly funding: FundingRates | null;
}

/** When funding is due over these candles; null where there is none. */
export function fundingOf({ options, funding }: Plan, openTime: Float64Array): FundingCursor | null {
  if (funding !== null) return FundingSchedule.of(openTime, funding).cursor();
  const { fundingRatePercent, fundingHours } = options;
  return fundingRatePercent === 0 ? null : FundingSchedule.every(openTime, fundingHours, fundingRatePercent / 100).cursor();
}

/** What fills go by, picked: to copy all of the dozens of options takes longer than to make the matcher. */
export function fillOptions({
  targetGap,
  spreadPercent,
  maxVolumePercent,
  limitTradeThrough,
  stopLimitPercent,
}: SimulationOptions): Omit<MatcherOptions, 'fillModel' | 'detail' | 'volume'> {
  return { targetGap, spreadPercent, maxVolumePercent, limitTradeThrough, stopLimitPercent };
}

/** What a pass over the candles leaves behind. */
export interface Pass {
  readonly session: TradingSession;
  /** Candles in which the order of stop and target mattered. */
  readonly ambiguous: number;
}

const progressEvery = 16_384;

/**
 * One pass over the candles, with a session and fills of its own.
 * @param reading what is believed where a candle, or its finest part, leaves the order of stop and target open
 * @param equity told of what is held; null where only the end matters
 * @param progress told the number of candles done, every few thousand; may throw to stop
 */
export function simulate(
  plan: Plan,
  candles: Candles,
  columns: Readonly<Record<string, Float64Array>>,
  reading: Reading,
  equity: Equity | null,
  progress: (done: number) => void,
): Pass {
  const { options } = plan;
  const session = TradingSession.onColumns(plan, candles, columns);
  const detail = plan.detail === null ? null : new DetailCursor(plan.detail.candles, plan.timeframe);
  const matcher = new Matcher(session, { ...fillOptions(options), fillModel: reading, detail, volume: candles.volume });
  const funding = fundingOf(plan, candles.openTime);
  const n = candles.openTime.length;
  equity?.note(0, session);
  const atClose = options.fillAt === FillAt.SIGNAL_CLOSE;
  for (let from = 0; from < n; from += progressEvery) {
    progress(from);
    runCandles(session, matcher, candles, funding, equity, atClose, from, Math.min(from + progressEvery, n));
  }
  if (options.closeAtEnd) {
    matcher.closeAt(n - 1, candles.openTime[n - 1], candles.close[n - 1], ExitReason.END_OF_DATA);
    equity?.note(n - 1, session);
  }
  return { session, ambiguous: matcher.ambiguous };
}

/** The loop itself: `calmUntil` passes over the candles on which nothing happens, without a call or an object for any of them. */
function runCandles(
  session: TradingSession,
  matcher: Matcher,
  candles: Candles,
  funding: FundingCursor | null,
  equity: Equity | null,
  atClose: boolean,
  from: number,
  to: number,
): void {
  const { openTime, open, close } = candles;
  const last = openTime.length - 1;
  const calmEnd = (index: number): number => (funding === null ? to : Math.min(to, funding.from(index)));
  for (let i = session.calmUntil(from, calmEnd(from)); i < to; i = session.calmUntil(i + 1, calmEnd(i + 1))) {
    if (funding !== null) session.fund(funding.rateAt(i), open[i]);
    // Whoever waits for nothing has no use for the prices, but an entry at the next open has: fetched at once they cost one wait.
    matcher.candle(i, candles);
    if (equity !== null) equity.note(i, session);
    // Nothing trades after the last close, so what is decided there stays unfilled under either convention.
    if (session.step(i) !== null && atClose && i < last) {
      matcher.fillPending(i, openTime[i], close[i]);
      if (equity !== null) equity.note(i + 1, session);
    }
  }
}
