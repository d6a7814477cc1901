import type { BacktestResult, BacktestSpec, OpenPosition, UnfilledOrder } from './backtest-types.ts';
import type { Candles } from './candle.ts';
import { type CheckedCandles, checkedCandles } from './checked-candles.ts';
import { checkDetail } from './detail.ts';
import { CanceledError, ParameterError, shown } from './errors.ts';
import { checkFunding, fundingFingerprint, type FundingRates } from './funding.ts';
import { fingerprint as fingerprintOf } from './hash.ts';
import { ColumnCache } from './indicators/columns.ts';
import type { Reading } from './matcher.ts';
import type { Periods } from './metrics/calendar.ts';
import { dailyEquity } from './metrics/days.ts';
import { Equity } from './metrics/equity.ts';
import { type PeriodColumns, periodColumns } from './metrics/periods.ts';
import { summarize } from './metrics/summary.ts';
import { FillModel, noFunding, readBacktestOptions, type SimulationOptions, type TradingOptions } from './options.ts';
import { MarketType } from './position.ts';
import { hashedPosition, resultHash } from './result-hash.ts';
import type { TradingSession } from './session.ts';
import { type Plan, simulate } from './simulate.ts';
import { bindStrategy, type BoundStrategy } from './strategy.ts';
import { builtInStrategy } from './strategies/index.ts';
import { Timeframe, timeframeMs } from './timeframe.ts';
import { TradeFigure } from './trade-log.ts';

export type * from './backtest-types.ts';

/** Told how much is done, 0 to 1, every few thousand candles; answering false cancels the run. */
export type OnProgress = (fraction: number) => boolean | void;

/**
 * Checks a spec without running it.
 * @throws ParameterError with the path of the first bad field
 */
export function readSpec(spec: BacktestSpec): Plan {
  const { strategy, parameters, timeframe, detail, funding, ...options } = spec;
  if (typeof timeframe !== 'string' || !Object.hasOwn(Timeframe, timeframe)) {
    const known = Object.keys(Timeframe);
    throw new ParameterError(`there is no timeframe ${shown(timeframe)}; there are ${known.join(', ')}`, ['timeframe'], {
      value: timeframe,
      limit: known,
    });
  }
  const read = readBacktestOptions(options);
  return {
    strategy: strategyOf({ strategy, parameters }, read.marketType === MarketType.FUTURES),
    options: read,
    timeframe,
    detail: read.fillModel === FillModel.DETAIL ? checkDetail(detail, timeframe) : null,
    funding: readFunding(read, funding),
  };
}

/**
 * The strategy of a spec with its parameters.
 * @param shorts whether anything will be sold short
 * @throws ParameterError with the path of the first bad field
 */
export function strategyOf(
  { strategy, parameters }: Pick<BacktestSpec, 'strategy' | 'parameters'>,
  shorts = true,
): BoundStrategy {
  const definition = typeof strategy === 'string' ? builtInStrategy(strategy) : strategy;
  return bindStrategy(definition, parameters, undefined, shorts);
}

function readFunding({ marketType }: SimulationOptions & TradingOptions, funding: FundingRates | undefined): FundingRates | null {
  if (marketType === 'SPOT' && funding !== undefined) throw new ParameterError(noFunding, ['funding']);
  return funding === undefined ? null : checkFunding(funding);
}

/** Candles that were looked through, as this timeframe. */
export function checkedFor(input: Candles | CheckedCandles, timeframe: Timeframe): CheckedCandles {
  if (!('candles' in input)) return checkedCandles(input, timeframe);
  if (input.timeframe === timeframe) return input;
  throw new ParameterError(`the candles were checked as ${input.timeframe}, not as ${timeframe}`, ['timeframe'], {
    value: timeframe,
    limit: input.timeframe,
  });
}

/** Refuses candles with too many holes, as the plan says. */
export function checkMissing(missing: number, present: number, limit: number | null): void {
  const percent = (missing / (missing + present)) * 100;
  if (limit !== null && percent > limit)
    throw new ParameterError(
      `${missing} of ${missing + present} candles are missing (${percent.toFixed(2)} %), more than maxMissingPercent ${limit}`,
      ['maxMissingPercent'],
      { value: percent, limit },
    );
}

/** Refuses a run whose capital has grown beyond the largest double: nothing in its result would mean anything. */
export function checkCapital(...amounts: readonly number[]): void {
  if (!amounts.every(Number.isFinite))
    throw new ParameterError(
      'the capital grew beyond what a number can hold: candles like these, or fees this low, are not of this world',
      ['candles'],
    );
}

/** What a session still holds, marked at a price. */
export function openPositionOf(session: TradingSession, markPrice: number): OpenPosition | null {
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
    funding: position.funding,
    realizedPnl: position.realized,
    unrealizedPnl: position.unrealized(markPrice),
    stopPrice: levels.stop,
    targetPrice: levels.target,
    liquidationPrice: levels.liquidation,
  };
}

/** What a session has decided and no candle has filled. */
export function unfilledOrderOf({ pending }: TradingSession): UnfilledOrder | null {
  if (pending === null) return null;
  return { leg: pending.leg, positionSide: pending.positionSide, side: pending.side, decidedAt: pending.candleTime };
}

/** Computes a value when it is first asked for. */
function once<T>(compute: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= compute());
}

/**
 * Runs a strategy over candles: synchronous, without clock or randomness, the same input giving the same bytes. It drives the very
 * session and fills that a paper bot has.
 * @param input candles; as `checkedCandles` when they are used more than once
 * @param columns shared indicator columns of the same candles, for many runs on them
 * @throws ParameterError for a bad spec or bad candles, before anything has run
 * @throws CanceledError when `onProgress` answered false
 */
export function runBacktest(
  input: Candles | CheckedCandles,
  spec: BacktestSpec,
  onProgress?: OnProgress,
  columns?: ColumnCache,
): BacktestResult {
  const plan = readSpec(spec);
  const { strategy, options, timeframe } = plan;
  const { initialCapital } = options;
  const { candles, gaps, missing, fingerprint, outliers, outlierCandles } = checkedFor(input, timeframe);
  const n = candles.openTime.length;
  checkMissing(missing, n, options.maxMissingPercent);
  if (columns !== undefined && columns.candles !== candles)
    throw new ParameterError('the shared indicator columns belong to other candles', ['columns']);

  const progress = (done: number): void => {
    if (onProgress?.(done / n) === false) throw new CanceledError(done / n);
  };
  const cache = columns ?? new ColumnCache(candles);
  const inputs = cache.columns(strategy.indicators);
  const equity = new Equity(candles.close);
  const lastClose = candles.close[n - 1];
  // Fine candles are read by the pessimist.
  const believed = options.fillModel === FillModel.DETAIL ? FillModel.PESSIMISTIC : options.fillModel;
  const { session, ambiguous } = simulate(plan, candles, inputs, believed, equity, progress);
  const finalCapital = equity.last;
  const profitReadAs = (reading: Reading): number => {
    if (ambiguous === 0 || believed === reading) return finalCapital - initialCapital;
    return simulate(plan, candles, inputs, reading, null, () => {}).session.equity(lastClose) - initialCapital;
  };
  const profitBand = { pessimistic: profitReadAs('PESSIMISTIC'), optimistic: profitReadAs('OPTIMISTIC') };
  checkCapital(finalCapital, profitBand.pessimistic, profitBand.optimistic);
  if (columns === undefined) cache.release();

  const { days, months, annualDays } = cache.calendar;
  const log = session.closed;
  const openPosition = openPositionOf(session, lastClose);
  const candleMs = timeframeMs(timeframe);
  const spanMs = candles.openTime[n - 1] + candleMs - candles.openTime[0];
  const daily = dailyEquity(initialCapital, equity.at(days.end, days.closes));
  const by = ({ start, end, closes }: Periods): PeriodColumns =>
    periodColumns(equity.at(end, closes), start, log.column(TradeFigure.EXIT_TIME));
  const facts = {
    strategy: { name: strategy.definition.name, parameters: strategy.parameters },
    options,
    timeframe,
    candles: n,
    from: candles.openTime[0],
    to: candles.openTime[n - 1],
    firstDecision: strategy.firstDecision,
    finalCapital,
    openPosition,
    unfilledOrder: unfilledOrderOf(session),
    gaps,
    missingCandles: missing,
    outliers,
    outlierCandles,
    ambiguousCandles: ambiguous,
    profitBand,
    refusals: session.refusals,
    dataFingerprint: fingerprint,
    detailFingerprint: plan.detail === null ? null : fingerprintOf(plan.detail.candles),
    fundingFingerprint: plan.funding === null ? null : fundingFingerprint(plan.funding),
  };
  // What a search over parameters asks of few of its runs.
  const asked = {
    trades: once(() => log.all()),
    equity: once(() => equity.column()),
    daily: once(() => by(days)),
    monthly: once(() => by(months)),
    hash: once(() => resultHash({ ...facts, trades: log, openPosition: hashedPosition(openPosition) }, daily)),
  };
  const result: BacktestResult = {
    ...facts,
    get trades() {
      return asked.trades();
    },
    get equity() {
      return asked.equity();
    },
    ...summarize({
      initialCapital,
      annualDays: options.annualDays ?? annualDays,
      equity,
      daily,
      close: candles.close,
      trades: log,
      openPositions: openPosition === null ? [] : [openPosition],
      candleMs,
      spanMs,
    }),
    get daily() {
      return asked.daily();
    },
    get monthly() {
      return asked.monthly();
    },
    get resultHash() {
      return asked.hash();
    },
  };
  onProgress?.(1);
  return result;
}
