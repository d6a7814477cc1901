import { Account } from '../account.ts';
import {
  checkCapital,
  checkedFor,
  checkMissing,
  type OnProgress,
  openPositionOf,
  readSpec,
  unfilledOrderOf,
} from '../backtest.ts';
import type { CheckedCandles } from '../checked-candles.ts';
import { DetailCursor } from '../detail.ts';
import { CanceledError, ParameterError, shown } from '../errors.ts';
import { fundingFingerprint } from '../funding.ts';
import { fingerprint } from '../hash.ts';
import { ColumnCache } from '../indicators/columns.ts';
import { Matcher, type Reading } from '../matcher.ts';
import { calendarOf } from '../metrics/calendar.ts';
import { dailyEquity } from '../metrics/days.ts';
import { Equity } from '../metrics/equity.ts';
import { periodColumns } from '../metrics/periods.ts';
import { summarize } from '../metrics/summary.ts';
import { FillAt, FillModel } from '../options.ts';
import { ExitReason } from '../position.ts';
import { hashedPosition, resultHash } from '../result-hash.ts';
import { TradingSession } from '../session.ts';
import { fillOptions, fundingOf, type Plan } from '../simulate.ts';
import { timeframeMs } from '../timeframe.ts';
import { TradeFigure, TradeLog } from '../trade-log.ts';
import { mergedTimeline, type Timeline } from './timeline.ts';
import type { MarketResult, PortfolioResult, PortfolioSpec, PortfolioTrade } from './types.ts';

export type * from './types.ts';

/** More markets than any sensible portfolio; bounds memory and time. */
export const mostMarkets = 100;

const progressEvery = 4_096;

interface Market {
  readonly symbol: string;
  readonly plan: Plan;
  readonly checked: CheckedCandles;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

interface Pass {
  readonly sessions: readonly TradingSession[];
  readonly ambiguous: readonly number[];
  /** Balance and open positions at the last closes. */
  readonly final: number;
}

/**
 * Runs one strategy over several markets that share one capital, candles merged by time. At each moment the orders of all markets are
 * filled at their opens first, in the order of the markets; then come the paths inside the candles, the equity, and the decisions. An
 * entry draws on what the others leave free, and on nothing that they would lose before it.
 * @throws ParameterError with the path of the first bad field, before anything has run
 * @throws CanceledError when `onProgress` answered false
 */
export function runPortfolioBacktest(spec: PortfolioSpec, onProgress?: OnProgress): PortfolioResult {
  const { markets, most } = readMarkets(spec);
  const [{ plan }] = markets;
  const { options, strategy, timeframe } = plan;
  const timeline = mergedTimeline(markets.map(({ checked }) => checked.candles.openTime));
  const n = timeline.times.length;
  const equity = new Float64Array(n);
  const believed = options.fillModel === FillModel.DETAIL ? FillModel.PESSIMISTIC : options.fillModel;
  const pass = simulate(markets, timeline, most, believed, equity, (done) => {
    if (onProgress?.(done / n) === false) throw new CanceledError(done / n);
  });
  const ambiguous = pass.ambiguous.reduce((sum, count) => sum + count, 0);
  const { initialCapital } = options;
  const profitReadAs = (reading: Reading): number => {
    if (ambiguous === 0 || believed === reading) return pass.final - initialCapital;
    return simulate(markets, timeline, most, reading, null, () => {}).final - initialCapital;
  };
  const profitBand = { pessimistic: profitReadAs('PESSIMISTIC'), optimistic: profitReadAs('OPTIMISTIC') };
  checkCapital(equity[n - 1], profitBand.pessimistic, profitBand.optimistic);

  const trades = tradesOf(markets, pass, timeline);
  const { days, months, annualDays } = calendarOf(timeline.times, equity);
  const log = TradeLog.of(trades);
  const exits = log.column(TradeFigure.EXIT_TIME);
  const curve = Equity.of(equity);
  const byDay = periodColumns(days.closes, days.start, exits);
  const daily = dailyEquity(initialCapital, byDay.equity);
  const candleMs = timeframeMs(timeframe);
  const results = markets.map((market, place) => marketResult(market, pass, place));
  const openPositions = results.flatMap(({ openPosition }, place) =>
    openPosition ? [{ ...openPosition, entryIndex: timeline.places[place][openPosition.entryIndex] }] : [],
  );
  const facts = {
    strategy: { name: strategy.definition.name, parameters: strategy.parameters },
    options,
    timeframe,
    ambiguousCandles: ambiguous,
    profitBand,
  };
  const result: PortfolioResult = {
    ...facts,
    times: timeline.times,
    equity,
    finalCapital: equity[n - 1],
    trades,
    markets: results,
    ...summarize({
      initialCapital,
      annualDays: options.annualDays ?? annualDays,
      equity: curve,
      daily,
      close: averageCloses(markets, timeline),
      trades: log,
      openPositions,
      candleMs,
      spanMs: timeline.times[n - 1] + candleMs - timeline.times[0],
    }),
    daily: byDay,
    monthly: periodColumns(months.closes, months.start, exits),
    resultHash: resultHash(
      {
        ...facts,
        trades: log,
        dataFingerprint: JSON.stringify(results.map(({ symbol, dataFingerprint }) => [symbol, dataFingerprint])),
        detailFingerprint: null,
        fundingFingerprint: null,
        openPosition: [
          most,
          results.map(({ openPosition, detailFingerprint, fundingFingerprint: rates }) => [
            hashedPosition(openPosition),
            detailFingerprint,
            rates,
          ]),
        ],
        unfilledOrder: [results.map(({ unfilledOrder }) => unfilledOrder), trades.map(({ symbol }) => symbol)],
        refusals: results.map(({ refusals }) => refusals),
      },
      daily,
    ),
  };
  onProgress?.(1);
  return result;
}

function readMarkets(spec: PortfolioSpec): { readonly markets: readonly [Market, ...Market[]]; readonly most: number } {
  const { markets: wanted, maxOpenPositions, ...common } = spec;
  if (!Array.isArray(wanted) || wanted.length < 1 || wanted.length > mostMarkets)
    throw new ParameterError(`a portfolio has from 1 to ${mostMarkets} markets, not ${wanted?.length ?? 0}`, ['markets'], {
      value: wanted?.length ?? 0,
      limit: mostMarkets,
    });
  const twice = wanted.findIndex(({ symbol }, i) => wanted.findIndex((other) => other.symbol === symbol) !== i);
  if (twice >= 0)
    throw new ParameterError(
      `market ${shown(wanted[twice].symbol)} stands in the portfolio twice`,
      ['markets', String(twice), 'symbol'],
      {
        value: wanted[twice].symbol,
      },
    );
  const most = readMost(maxOpenPositions, wanted.length);
  const markets = wanted.map(({ symbol, candles, detail, funding, ...rules }, place) => {
    try {
      const plan = readSpec({ ...common, ...rules, ...(detail ? { detail } : {}), ...(funding ? { funding } : {}) });
      const checked = checkedFor(candles, common.timeframe);
      checkMissing(checked.missing, checked.candles.openTime.length, plan.options.maxMissingPercent);
      return { symbol, plan, checked, columns: new ColumnCache(checked.candles).columns(plan.strategy.indicators) };
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      throw new ParameterError(
        `market ${shown(symbol)}: ${error.message}`,
        ['markets', String(place), ...error.path],
        error.details,
      );
    }
  }) as unknown as [Market, ...Market[]];
  return { markets, most };
}

function readMost(wanted: number | undefined, markets: number): number {
  if (wanted === undefined) return markets;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > mostMarkets)
    throw new ParameterError(`maxOpenPositions ${wanted} must be a whole number from 1 to ${mostMarkets}`, ['maxOpenPositions'], {
      value: wanted,
      limit: mostMarkets,
    });
  return wanted;
}

function simulate(
  markets: readonly [Market, ...Market[]],
  { times, places }: Timeline,
  maxOpenPositions: number,
  reading: Reading,
  equity: Float64Array | null,
  progress: (done: number) => void,
): Pass {
  const { options, timeframe } = markets[0].plan;
  const account = new Account(options, false, maxOpenPositions);
  const candleMs = timeframeMs(timeframe);
  const atClose = options.fillAt === FillAt.SIGNAL_CLOSE;
  const runs = markets.map(({ plan, checked, columns }, place) => {
    const session = TradingSession.onColumns(plan, checked.candles, columns, account);
    const detail = plan.detail === null ? null : new DetailCursor(plan.detail.candles, plan.timeframe);
    const matcher = new Matcher(session, { ...fillOptions(options), fillModel: reading, detail, volume: checked.candles.volume });
    return {
      session,
      matcher,
      ...checked.candles,
      candles: checked.candles,
      funding: fundingOf(plan, checked.candles.openTime),
      places: places[place],
      next: 0,
    };
  });
  const valued = (): number =>
    runs.reduce(
      (sum, { session, close, next }) => (session.position.side === 0 ? sum : sum + session.position.unrealized(close[next - 1])),
      account.balance,
    );
  for (let at = 0; at < times.length; at++) {
    if (at % progressEvery === 0) progress(at);
    const time = times[at];
    const active = runs.filter((run) => run.places[run.next] === at);
    for (const { session, open, funding, next } of active) if (funding !== null) session.fund(funding.rateAt(next), open[next]);
    for (const { session, matcher, open, next } of active) if (session.pending !== null) matcher.opened(next, time, open[next]);
    for (const run of active) {
      const { matcher, candles, next } = run;
      matcher.candle(next, candles);
      run.next += 1;
    }
    const marked = valued();
    if (equity !== null) equity[at] = marked;
    account.guard?.candle(time + candleMs, marked);
    for (const { session, matcher, close, next } of active)
      if (session.step(next - 1) !== null && atClose && next < close.length) matcher.fillPending(next - 1, time, close[next - 1]);
  }
  if (options.closeAtEnd) {
    for (const { matcher, openTime, close } of runs)
      matcher.closeAt(close.length - 1, openTime[close.length - 1], close[close.length - 1], ExitReason.END_OF_DATA);
    if (equity !== null) equity[times.length - 1] = valued();
  }
  return {
    sessions: runs.map(({ session }) => session),
    ambiguous: runs.map(({ matcher }) => matcher.ambiguous),
    final: valued(),
  };
}

/** All round trips, by when they ended; those of one moment in the order of the markets. */
function tradesOf(markets: readonly Market[], { sessions }: Pass, { places }: Timeline): PortfolioTrade[] {
  return sessions
    .flatMap(({ closed }, place) =>
      closed.all().map((trade) => ({
        ...trade,
        symbol: markets[place].symbol,
        entryIndex: places[place][trade.entryIndex],
        exitIndex: places[place][trade.exitIndex],
      })),
    )
    .sort((a, b) => a.exitIndex - b.exitIndex);
}

function marketResult({ symbol, plan, checked }: Market, { sessions, ambiguous }: Pass, place: number): MarketResult {
  const session = sessions[place];
  const { candles, gaps, missing, outlierCandles, fingerprint: dataFingerprint } = checked;
  return {
    symbol,
    candles: candles.openTime.length,
    trades: session.closed.length,
    realizedPnl: session.closed.column(TradeFigure.PNL).reduce((sum, pnl) => sum + pnl, 0),
    openPosition: openPositionOf(session, candles.close[candles.close.length - 1]),
    unfilledOrder: unfilledOrderOf(session),
    refusals: session.refusals,
    ambiguousCandles: ambiguous[place],
    gaps,
    missingCandles: missing,
    outlierCandles,
    dataFingerprint,
    detailFingerprint: plan.detail === null ? null : fingerprint(plan.detail.candles),
    fundingFingerprint: plan.funding === null ? null : fundingFingerprint(plan.funding),
  };
}

/** Mean of the markets' closes, each as a multiple of its first: what holding equal parts of them from the start would be worth. */
function averageCloses(markets: readonly Market[], { times, places }: Timeline): Float64Array {
  const [only] = markets;
  if (markets.length === 1) return only.checked.candles.close;
  const sums = new Float64Array(times.length);
  markets.forEach(({ checked }, market) => {
    const { close } = checked.candles;
    let next = 0;
    for (let at = 0; at < times.length; at++) {
      if (places[market][next] === at) next += 1;
      sums[at] += next === 0 ? 1 : close[next - 1] / close[0];
    }
  });
  return sums.map((sum) => sum / markets.length);
}
