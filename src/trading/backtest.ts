import type { BacktestResult, BacktestSpec, OpenPosition, UnfilledOrder } from './backtest-types.ts';
import type { Candles } from './candle.ts';
import { CanceledError, ParameterError } from './errors.ts';
import { fingerprint, Hasher } from './hash.ts';
import { ColumnCache } from './indicators/columns.ts';
import { Matcher, type Reading } from './matcher.ts';
import { dayEnds } from './metrics/days.ts';
import { dailyResults, monthlyResults } from './metrics/periods.ts';
import { summarize } from './metrics/summary.ts';
import { FillAt, FillModel, readBacktestOptions, type SimulationOptions, type TradingOptions } from './options.ts';
import { ExitReason, PositionSide } from './position.ts';
import { checkCandles } from './quality.ts';
import { TradingSession } from './session.ts';
import { bindStrategy, type BoundStrategy } from './strategy.ts';
import { builtInStrategy } from './strategies/index.ts';
import { Timeframe, timeframeMs } from './timeframe.ts';

export type * from './backtest-types.ts';

/** Told how much is done, 0 to 1, every few thousand candles; answering false cancels the run. */
export type OnProgress = (fraction: number) => boolean | void;

/** A checked spec. */
interface Plan {
  readonly strategy: BoundStrategy;
  readonly options: TradingOptions & SimulationOptions;
  readonly timeframe: Timeframe;
}

/** What a pass over the candles leaves behind. */
interface Pass {
  readonly session: TradingSession;
  readonly ambiguous: number;
}

const progressEvery = 8_192;

/**
 * Checks a spec without running it.
 * @throws ParameterError with the path of the first bad field
 */
export function readSpec(spec: BacktestSpec): Plan {
  const { strategy, parameters, timeframe, dataFingerprint: _, ...options } = spec;
  if (!Object.hasOwn(Timeframe, timeframe))
    throw new ParameterError(
      `there is no timeframe ${JSON.stringify(timeframe)}; there are ${Object.keys(Timeframe).join(', ')}`,
      ['timeframe'],
      {
        value: timeframe,
        limit: Object.keys(Timeframe),
      },
    );
  const definition = typeof strategy === 'string' ? builtInStrategy(strategy) : strategy;
  return { strategy: bindStrategy(definition, parameters), options: readBacktestOptions(options), timeframe };
}

/** One pass over the candles. `equity` takes the mark at each close; null where only the end matters. */
function pass(
  plan: Plan,
  candles: Candles,
  columns: Readonly<Record<string, Float64Array>>,
  fillModel: Reading,
  equity: Float64Array | null,
  progress: (done: number) => void,
): Pass {
  const { options } = plan;
  const session = TradingSession.onColumns(plan, candles, columns);
  const matcher = new Matcher(session, { fillModel, targetGap: options.targetGap });
  const n = candles.openTime.length;
  const atClose = options.fillAt === FillAt.SIGNAL_CLOSE;
  for (let from = 0; from < n; from += progressEvery) {
    runCandles(session, matcher, candles, equity, atClose, from, Math.min(from + progressEvery, n));
    progress(from);
  }
  if (options.closeAtEnd) {
    matcher.closeAt(n - 1, candles.openTime[n - 1], candles.close[n - 1], ExitReason.END_OF_DATA);
    if (equity !== null) equity[n - 1] = session.balance;
  }
  return { session, ambiguous: matcher.ambiguous };
}

/** The loop itself: nothing is allocated for a candle on which nothing happens. */
function runCandles(
  session: TradingSession,
  matcher: Matcher,
  { openTime, open, high, low, close }: Candles,
  equity: Float64Array | null,
  atClose: boolean,
  from: number,
  to: number,
): void {
  const { position } = session;
  const last = openTime.length - 1;
  for (let i = from; i < to; i++) {
    if (position.side !== 0 || session.pending !== null) matcher.candle(i, openTime[i], open[i], high[i], low[i], close[i]);
    if (equity !== null) equity[i] = position.side === 0 ? session.balance : session.equity(close[i]);
    // Nothing trades after the last close, so what is decided there stays unfilled under either convention.
    if (session.step(i) !== null && atClose && i < last) matcher.fillPending(i, openTime[i], close[i]);
  }
}

function openPositionOf(session: TradingSession, markPrice: number): OpenPosition | null {
  const { position } = session;
  const levels = position.protection();
  if (levels === null) return null;
  return {
    side: levels.positionSide,
    quantity: position.quantity,
    entryIndex: position.entryIndex,
    entryTime: position.entryTime,
    entryPrice: position.entryPrice,
    markPrice,
    fees: position.fees,
    unrealizedPnl: position.unrealized(markPrice),
    stopPrice: levels.stop,
    targetPrice: levels.target,
    liquidationPrice: levels.liquidation,
  };
}

function unfilledOrderOf(session: TradingSession): UnfilledOrder | null {
  const { pending } = session;
  if (pending === null) return null;
  return { leg: pending.leg, positionSide: pending.positionSide, side: pending.side, decidedAt: pending.candleTime };
}

function hashOf(result: Omit<BacktestResult, 'resultHash' | 'metrics' | 'undefinedMetrics' | 'daily' | 'monthly'>): string {
  const hasher = new Hasher().text(result.dataFingerprint);
  hasher.text(JSON.stringify([result.strategy, result.options, result.timeframe, result.openPosition, result.refusals]));
  hasher.text(
    JSON.stringify([result.gaps, result.missingCandles, result.ambiguousCandles, result.profitBand, result.unfilledOrder]),
  );
  const figures = new Float64Array(result.trades.length * 12);
  let place = 0;
  for (const trade of result.trades) {
    hasher.text(trade.exitReason);
    figures.set(
      [
        trade.side === PositionSide.LONG ? 1 : -1,
        trade.quantity,
        trade.entryIndex,
        trade.exitIndex,
        trade.entryTime,
        trade.exitTime,
        trade.entryPrice,
        trade.exitPrice,
        trade.fees,
        trade.pnl,
        trade.maePercent,
        trade.mfePercent,
      ],
      place,
    );
    place += 12;
  }
  return hasher.doubles(figures).doubles(result.equity).digest();
}

/**
 * Runs a strategy over candles: synchronous, without clock or randomness, the same input giving the same bytes. The very session and
 * fills that a paper bot has.
 * @param columns shared indicator columns of the same candles, for many runs on them
 * @throws ParameterError for a bad spec or bad candles, before anything has run
 * @throws CanceledError when `onProgress` answered false
 */
export function runBacktest(
  candles: Candles,
  spec: BacktestSpec,
  onProgress?: OnProgress,
  columns?: ColumnCache,
): BacktestResult {
  const plan = readSpec(spec);
  const { strategy, options, timeframe } = plan;
  const n = candles.openTime.length;
  const { gaps, missing } = checkCandles(candles, timeframe);
  const missingPercent = (missing / (missing + n)) * 100;
  if (options.maxMissingPercent !== null && missingPercent > options.maxMissingPercent)
    throw new ParameterError(
      `${missing} of ${missing + n} candles are missing (${missingPercent.toFixed(2)} %), more than maxMissingPercent ${options.maxMissingPercent}`,
      ['maxMissingPercent'],
      { value: missingPercent, limit: options.maxMissingPercent },
    );

  const progress = (done: number): void => {
    if (onProgress?.(done / n) === false) throw new CanceledError(done / n);
  };
  if (columns !== undefined && columns.candles !== candles)
    throw new ParameterError('the shared indicator columns belong to other candles', ['columns']);
  const inputs = (columns ?? new ColumnCache(candles)).columns(strategy.indicators);
  const equity = new Float64Array(n);
  const { session, ambiguous } = pass(plan, candles, inputs, options.fillModel, equity, progress);
  const finalCapital = equity[n - 1];
  const readAs = (reading: Reading): number => {
    if (ambiguous === 0 || options.fillModel === reading) return finalCapital - options.initialCapital;
    return pass(plan, candles, inputs, reading, null, () => {}).session.equity(candles.close[n - 1]) - options.initialCapital;
  };

  const openPosition = openPositionOf(session, candles.close[n - 1]);
  const trades = session.closed;
  const days = dayEnds(candles.openTime);
  const candleMs = timeframeMs(timeframe);
  const { metrics, undefinedMetrics } = summarize({
    initialCapital: options.initialCapital,
    equity,
    close: candles.close,
    trades,
    openPosition,
    days,
    candleMs,
    spanMs: candles.openTime[n - 1] + candleMs - candles.openTime[0],
    annualDays: options.annualDays,
  });
  const exits = trades.map((trade) => trade.exitTime);
  const facts = {
    strategy: { name: strategy.definition.name, parameters: strategy.parameters },
    options,
    timeframe,
    candles: n,
    from: candles.openTime[0],
    to: candles.openTime[n - 1],
    firstDecision: strategy.firstDecision,
    finalCapital,
    trades,
    openPosition,
    unfilledOrder: unfilledOrderOf(session),
    equity,
    gaps,
    missingCandles: missing,
    ambiguousCandles: ambiguous,
    profitBand: { pessimistic: readAs(FillModel.PESSIMISTIC), optimistic: readAs('OPTIMISTIC') },
    refusals: session.refusals,
    dataFingerprint: spec.dataFingerprint ?? fingerprint(candles),
  };
  onProgress?.(1);
  return {
    ...facts,
    metrics,
    undefinedMetrics,
    daily: dailyResults(options.initialCapital, equity, days, exits),
    monthly: monthlyResults(options.initialCapital, equity, days, exits),
    resultHash: hashOf(facts),
  };
}
