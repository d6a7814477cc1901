import { Field, Int, ObjectType } from 'type-graphql';
import { QualityIssueKind } from '../../services/backtests/data-quality.ts';
import type { MarketNotes } from '../../services/backtests/market-notes.ts';
import type { BacktestView } from '../../services/backtests/views.ts';
import type { OpenPosition } from '../../trading/backtest-types.ts';
import { PositionSide } from '../../trading/position.ts';
import { storedDetailOf } from '../../services/backtests/read-input.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { describeEnum } from '../enums.ts';
import { CandleGap } from '../market-data/types.ts';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../scalars.ts';

describeEnum(QualityIssueKind, 'QualityIssueKind', 'What may be wrong with candles.', {
  GAPS: 'Candles are missing.',
  OUTLIERS: 'Candles look like bad ticks.',
  DUPLICATES: 'Candles repeat the one before them.',
});

@ObjectType({ simpleResolvers: true, description: 'A position that was still open at the end, marked at the last close.' })
export class BacktestOpenPosition {
  @Field(() => PositionSide, { description: 'Which way it gains.' })
  side!: PositionSide;

  @Field(() => DecimalScalar, { description: 'In the base currency.' })
  quantity!: number;

  @Field(() => DateTimeScalar, { description: 'Open time of the candle in which it was entered.' })
  openedAt!: number;

  @Field(() => DecimalScalar, { description: 'Price of the entry.' })
  entryPrice!: number;

  @Field(() => DecimalScalar, { description: 'The last close.' })
  markPrice!: number;

  @Field(() => DecimalScalar, { description: 'Paid so far, in the quote currency.' })
  fees!: number;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Funding paid so far, in the quote currency; negative: received. Null in results from before it was counted.',
  })
  funding!: number | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Profit of what was already closed of it, before fees. Null in results from before it was counted.',
  })
  realizedPnl!: number | null;

  @Field(() => DecimalScalar, { description: 'Profit of the rest at the mark, before the fee of closing.' })
  unrealizedPnl!: number;

  @Field(() => DecimalScalar, { nullable: true, description: 'Where its stop stands.' })
  stopPrice!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Where it takes its profit.' })
  targetPrice!: number | null;
}

/** An open position as the API tells it. */
export function openPositionOf(open: OpenPosition): BacktestOpenPosition {
  return Object.assign(new BacktestOpenPosition(), open, { openedAt: open.entryTime });
}

@ObjectType({ simpleResolvers: true, description: 'A threshold of the gate that the candles of a market are beyond.' })
export class QualityIssue {
  @Field(() => QualityIssueKind, { description: 'What is wrong with them.' })
  kind!: QualityIssueKind;

  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => Int, { description: 'Candles of this kind.' })
  candles!: number;

  @Field(() => DecimalScalar, { description: 'The same in percent.' })
  percent!: number;

  @Field(() => DecimalScalar, { description: 'The threshold, in percent.' })
  limitPercent!: number;

  @Field(() => String, { description: 'The same as a sentence.' })
  message!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'One market of a backtest: what its candles lack, and after the run what it brought; null before.',
})
export class BacktestMarket {
  @Field(() => String, { description: 'Such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => Int, { nullable: true, description: 'Its candles.' })
  candles!: number | null;

  @Field(() => [CandleGap], { description: 'The first gaps between them: 100 where there are several markets.' })
  gaps!: readonly CandleGap[];

  @Field(() => Int, { nullable: true, description: 'Candles missing in all gaps.' })
  missingCandles!: number | null;

  @Field(() => Int, { nullable: true, description: 'Candles that look like bad ticks.' })
  outlierCandles!: number | null;

  @Field(() => Int, { nullable: true, description: 'Candles that repeat the one before them.' })
  duplicateCandles!: number | null;

  @Field(() => Timeframe, {
    nullable: true,
    description: 'With the fill model DETAIL: length of the candles that decide inside its others.',
  })
  detailTimeframe!: Timeframe | null;

  @Field(() => Int, { nullable: true, description: 'Closed trades.' })
  trades!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Profit of the closed trades after fees, in the quote currency.' })
  realizedPnl!: number | null;

  @Field(() => BacktestOpenPosition, { nullable: true, description: 'What was still held at the end.' })
  openPosition!: BacktestOpenPosition | null;

  @Field(() => JsonObjectScalar, { nullable: true, description: 'Entries that were not made, counted by reason.' })
  refusals!: object | null;

  @Field(() => Int, { nullable: true, description: 'Candles in which the order of stop and target mattered and is unknown.' })
  ambiguousCandles!: number | null;

  @Field(() => String, { nullable: true, description: 'Of its candles: the same candles, the same text.' })
  dataFingerprint!: string | null;
}

/** The markets of a backtest; rows from before there were several tell those figures only as a whole. */
export function marketsOf(view: BacktestView): BacktestMarket[] {
  const { symbols, notes, metrics, dataFingerprint } = view;
  if (notes?.markets) return notes.markets.map((market, place) => marketOf(market, storedDetailOf(view, place)));
  const known = notes && { ...notes, ...(metrics ? { trades: metrics.trades } : {}) };
  const fingerprint = dataFingerprint ? { dataFingerprint } : {};
  return symbols.map((symbol, place) =>
    marketOf({ candles: null, gaps: [], missingCandles: null, ...known, ...fingerprint, symbol }, storedDetailOf(view, place)),
  );
}

type Known = Omit<MarketNotes, 'candles' | 'missingCandles'> & {
  readonly candles: number | null;
  readonly missingCandles: number | null;
};

function marketOf(notes: Known, detailTimeframe: Timeframe | null): BacktestMarket {
  const { openPosition, symbol, candles, gaps, missingCandles } = notes;
  return Object.assign(new BacktestMarket(), {
    symbol,
    candles,
    gaps,
    missingCandles,
    outlierCandles: notes.outlierCandles ?? null,
    duplicateCandles: notes.duplicateCandles ?? null,
    detailTimeframe,
    trades: notes.trades ?? null,
    realizedPnl: notes.realizedPnl ?? null,
    openPosition: openPosition ? openPositionOf(openPosition) : null,
    refusals: notes.refusals ?? null,
    ambiguousCandles: notes.ambiguousCandles ?? null,
    dataFingerprint: notes.dataFingerprint ?? null,
  });
}
