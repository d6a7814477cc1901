import { Field, Int, ObjectType } from 'type-graphql';
import { type BacktestTradeView, type BacktestView, type JobProgress } from '../../services/backtests/views.ts';
import { issueText } from '../../services/backtests/data-quality.ts';
import { storedDetail, storedMost, storedOptions, storedQuality } from '../../services/backtests/read-input.ts';
import { ExitReason, MarketType, PositionSide } from '../../trading/position.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { connectionOf } from '../connection.ts';
import '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { CandleGap } from '../market-data/types.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../scalars.ts';
import { BacktestMarket, BacktestOpenPosition, marketsOf, openPositionOf, QualityIssue } from './backtest-market.ts';
import { Job } from './job.ts';
import { metricsOf, MonthlyResult, PerformanceMetrics, ProfitBand } from './metrics.ts';

@ObjectType({
  simpleResolvers: true,
  description: 'A round trip of a backtest, entry to exit. Figures are doubles, as the engine has them.',
})
export class BacktestTrade {
  @Field(() => Int, { description: 'Its number in order of exit, from 0.' })
  ordinal!: number;

  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => PositionSide, { description: 'Which way it gained.' })
  side!: PositionSide;

  @Field(() => DecimalScalar, { description: 'In the base currency.' })
  quantity!: number;

  @Field(() => DecimalScalar, { description: 'Price of the entry.' })
  entryPrice!: number;

  @Field(() => DecimalScalar, { description: 'Price of the exit.' })
  exitPrice!: number;

  @Field(() => DateTimeScalar, { description: 'Open time of the candle in which it was entered.' })
  openedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'Open time of the candle in which it was left.' })
  closedAt!: Date;

  @Field(() => DecimalScalar, { description: 'Profit after fees, in the quote currency.' })
  pnl!: number;

  @Field(() => DecimalScalar, { description: 'Profit in percent of the capital committed.' })
  pnlPercent!: number;

  @Field(() => DecimalScalar, { description: 'Both sides, in the quote currency.' })
  fees!: number;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Funding paid, in the quote currency; negative: received. Null in results from before it was kept.',
  })
  funding!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Candle closes that it lived through. Null in results from before they were counted.',
  })
  candlesHeld!: number | null;

  @Field(() => ExitReason, { description: 'Why it was left.' })
  exitReason!: ExitReason;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Furthest move against it from the entry price, in percent, 0 or more.',
  })
  maxAdverseExcursionPercent!: number | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Furthest move for it from the entry price, in percent, 0 or more.',
  })
  maxFavorableExcursionPercent!: number | null;
}

export const BacktestTradeConnection = connectionOf(BacktestTrade, 'BacktestTrade', 'trades of a backtest');
export type BacktestTradeConnection = InstanceType<typeof BacktestTradeConnection>;

export function backtestTradeOf(view: BacktestTradeView): BacktestTrade {
  const { entryTime, exitTime, maxAdverseExcursion, maxFavorableExcursion, ...same } = view;
  return Object.assign(new BacktestTrade(), same, {
    openedAt: entryTime,
    closedAt: exitTime,
    maxAdverseExcursionPercent: maxAdverseExcursion,
    maxFavorableExcursionPercent: maxFavorableExcursion,
  });
}

@ObjectType({
  implements: [Node, Job],
  simpleResolvers: true,
  description: 'A strategy run over past candles. Results are null until it is COMPLETED.',
})
export class Backtest extends Job {
  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => String, { nullable: true, description: 'What its owner calls it.' })
  name!: string | null;

  @Field(() => String, { description: 'Market, such as "BTC/USDT"; the first of several.' })
  symbol!: string;

  @Field(() => [String], { description: 'All its markets, in the order in which they are served.' })
  symbols!: readonly string[];

  @Field(() => [BacktestMarket], { description: 'What each market had and brought, in the same order.' })
  markets!: BacktestMarket[];

  @Field(() => Timeframe, { description: 'Length of its candles.' })
  timeframe!: Timeframe;

  @Field(() => DateTimeScalar, { description: 'Candles that open at or after this.' })
  from!: Date;

  @Field(() => DateTimeScalar, { description: 'Candles that open before this.' })
  to!: Date;

  @Field(() => MarketType, { description: 'Kind of market.' })
  marketType!: MarketType;

  @Field(() => DecimalScalar, { description: 'Capital at the start, in the quote currency.' })
  initialCapital!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'Equity at the last close, an open position marked.' })
  finalCapital!: number | null;

  @Field(() => JsonObjectScalar, { description: "All the strategy's parameters that it ran with." })
  parameters!: Record<string, unknown>;

  @Field(() => JsonObjectScalar, { description: 'All options of the engine that it ran with, defaults filled in.' })
  options!: Record<string, unknown>;

  @Field(() => JsonObjectScalar, { description: 'The strategy as it was: name, kind, definition, parameters.' })
  strategySnapshot!: Record<string, unknown>;

  @Field(() => PerformanceMetrics, { nullable: true, description: 'Statistics.' })
  metrics!: PerformanceMetrics | null;

  @Field(() => [MonthlyResult], { description: 'By UTC month, oldest first; empty before the end.' })
  monthlyResults!: MonthlyResult[];

  @Field(() => BacktestOpenPosition, {
    nullable: true,
    description: 'What was still held at the end, of one market; of several: `markets { openPosition }`.',
  })
  openPosition!: BacktestOpenPosition | null;

  @Field(() => Int, { nullable: true, description: 'Candles that it runs on, of all markets.' })
  candles!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the first candle that it ran on opens: later than `from` where none are as old. Null before the end.',
  })
  firstCandle!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the last candle that it ran on opens: long before `to` where none are as new. Null before the end.',
  })
  lastCandle!: Date | null;

  @Field(() => [CandleGap], { description: 'The first gaps between its candles; told before it runs. They are never filled.' })
  gaps!: readonly CandleGap[];

  @Field(() => Int, { nullable: true, description: 'Candles missing in all gaps.' })
  missingCandles!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Candles that look like bad ticks: they reach more than 5 % and more than 20 usual changes away from both neighbours, which agree. Reported, never removed; null before the run.',
  })
  outlierCandles!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Candles that repeat price for price, and volume, the one before them; null before the run.',
  })
  duplicateCandles!: number | null;

  @Field(() => [QualityIssue], {
    description:
      'Thresholds of the gate (`qualityMissingPercent` and the like) that the candles are beyond; empty before the run.',
  })
  qualityIssues!: readonly QualityIssue[];

  @Field(() => Int, { nullable: true, description: 'Candles in which the order of stop and target mattered and is unknown.' })
  ambiguousCandles!: number | null;

  @Field(() => ProfitBand, { nullable: true, description: 'What the ambiguous candles make of the profit.' })
  profitBand!: ProfitBand | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'Entries that were not made, counted by reason: { "COOLDOWN": 3 }.',
  })
  refusals!: object | null;

  @Field(() => String, { nullable: true, description: 'Of the candles: the same candles, the same text.' })
  dataFingerprint!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of candles, strategy, options, trades and equity: the same run, the same text, on any machine.',
  })
  resultHash!: string | null;

  /** The row, for field resolvers; not in the schema. */
  view!: BacktestView;
}

export const BacktestConnection = connectionOf(Backtest, 'Backtest', 'backtests');
export type BacktestConnection = InstanceType<typeof BacktestConnection>;

const timeOf = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));

export function backtestOf(view: BacktestView): Backtest {
  const { notes, monthlyResults, metrics } = view;
  const open = notes?.openPosition;
  return Object.assign(new Backtest(), {
    id: toGlobalId('bt', view.id),
    version: view.version,
    status: view.status,
    progressPercent: view.progress,
    failureReason: view.error,
    startedAt: view.startedAt,
    finishedAt: view.finishedAt,
    createdAt: view.createdAt,
    updatedAt: view.updatedAt,
    name: view.name,
    symbol: view.symbols[0],
    symbols: view.symbols,
    markets: marketsOf(view),
    timeframe: view.timeframe,
    from: view.startDate,
    to: view.endDate,
    marketType: view.marketType,
    initialCapital: view.initialCapital,
    finalCapital: view.finalCapital,
    parameters: view.parameters,
    options: {
      ...storedOptions(view),
      ...storedQuality(view),
      detailTimeframe: storedDetail(view),
      maxOpenPositions: storedMost(view),
    },
    strategySnapshot: view.strategySnapshot,
    metrics: metrics && metricsOf(metrics),
    monthlyResults: (monthlyResults ?? []).map(({ start, ...rest }) => ({
      month: new Date(start).toISOString().slice(0, 7),
      ...rest,
    })),
    openPosition: open ? openPositionOf(open) : null,
    candles: notes?.candles ?? null,
    firstCandle: timeOf(notes?.firstCandle),
    lastCandle: timeOf(notes?.lastCandle),
    gaps: notes?.gaps ?? [],
    missingCandles: notes?.missingCandles ?? null,
    outlierCandles: notes?.outlierCandles ?? null,
    duplicateCandles: notes?.duplicateCandles ?? null,
    qualityIssues: (notes?.qualityIssues ?? []).map((issue) => ({ ...issue, message: issueText(issue) })),
    ambiguousCandles: notes?.ambiguousCandles ?? null,
    profitBand: notes?.profitBand ?? null,
    refusals: notes?.refusals ?? null,
    dataFingerprint: view.dataFingerprint,
    resultHash: view.resultHash,
    view,
  });
}

/** A backtest as it stood when this progress was told: what is pushed is never newer than its event. */
export function backtestAt(view: BacktestView, progress: JobProgress): Backtest {
  const { version, status, progressPercent, failureReason, startedAt, finishedAt } = progress;
  return Object.assign(backtestOf(view), { version, status, progressPercent, failureReason, startedAt, finishedAt });
}
