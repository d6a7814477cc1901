import { Field, Int, ObjectType } from 'type-graphql';
import type { StoredMetrics } from '../../services/backtests/views.ts';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../scalars.ts';

@ObjectType({
  simpleResolvers: true,
  description:
    'Statistics of a run. Percentages mean percent, money is in the quote currency. Ratios are from daily UTC returns of the equity: Sharpe = mean / standard deviation (sample) · √A, Sortino = mean / downside deviation · √A, A = `annualDays`, no risk-free rate; other tools give other numbers for the same run. Null where undefined, never infinity: `undefinedMetrics` says why.',
})
export class PerformanceMetrics {
  @Field(() => DecimalScalar, { description: 'Final over initial capital, less 100 %.' })
  totalReturnPercent!: number;

  @Field(() => DecimalScalar, { description: 'Final less initial capital; an open position is marked at the last close.' })
  netPnl!: number;

  @Field(() => Int, { description: 'Closed trades, entry to exit.' })
  trades!: number;

  @Field(() => Int, { description: 'Closed trades with profit after fees.' })
  winningTrades!: number;

  @Field(() => Int, { description: 'Closed trades with loss after fees.' })
  losingTrades!: number;

  @Field(() => DecimalScalar, { nullable: true, description: 'Winning trades, of all.' })
  winRatePercent!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Sum of profits over sum of losses.' })
  profitFactor!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Mean profit of a trade.' })
  expectancy!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Mean profit of a winning trade.' })
  averageWin!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Mean result of a losing trade; negative.' })
  averageLoss!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Largest profit of a trade.' })
  largestWin!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Largest loss of a trade; negative.' })
  largestLoss!: number | null;

  @Field(() => Int, { description: 'Most winning trades in a row.' })
  longestWinStreak!: number;

  @Field(() => Int, { description: 'Most losing trades in a row.' })
  longestLossStreak!: number;

  @Field(() => DecimalScalar, { nullable: true, description: 'Mean number of candles that a trade lived through.' })
  averageCandlesHeld!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: "Kelly's fraction of the capital for trades like these." })
  kellyFraction!: number | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'System quality number: √n · mean / standard deviation of profits.',
  })
  sqn!: number | null;

  @Field(() => DecimalScalar, { description: 'Fees of all fills.' })
  fees!: number;

  @Field(() => DecimalScalar, { description: 'Funding paid, open positions included; negative: received.' })
  funding!: number;

  @Field(() => DecimalScalar, { description: 'Value of all fills.' })
  turnover!: number;

  @Field(() => DecimalScalar, { description: 'Candles with a position, of all.' })
  exposurePercent!: number;

  @Field(() => DecimalScalar, { nullable: true, description: 'Growth a year: (final / initial)^(365 / days) − 1.' })
  cagrPercent!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Standard deviation of daily returns, a year.' })
  volatilityPercent!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Mean over standard deviation of daily returns, a year.' })
  sharpeRatio!: number | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'Compound annual return over the compound annual volatility of daily returns, without the first day: the Sharpe ratio as backtesting.py has it, to compare with. Null too in results from before it was measured.',
  })
  geometricSharpeRatio!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Mean over downside deviation of daily returns, a year.' })
  sortinoRatio!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Growth a year over the largest drawdown.' })
  calmarRatio!: number | null;

  @Field(() => DecimalScalar, { description: 'Largest fall of equity below its highest so far.' })
  maxDrawdownPercent!: number;

  @Field(() => DecimalScalar, { description: 'Longest time from a peak until it was reached again, or until the end; in ms.' })
  maxDrawdownDurationMs!: number;

  @Field(() => DecimalScalar, { nullable: true, description: 'Root mean square of the drawdowns.' })
  ulcerIndex!: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Net profit over the largest drawdown in money.' })
  recoveryFactor!: number | null;

  @Field(() => DecimalScalar, { description: 'What buying at the first close and holding would have given.' })
  buyAndHoldReturnPercent!: number;

  @Field(() => Int, {
    description: 'Trading days of a year that the ratios use: 365, 252 where weekends do not trade, 52 of weekly candles.',
  })
  annualDays!: number;

  @Field(() => JsonObjectScalar, { description: 'For each metric that is null, why: { "sharpeRatio": "TOO_FEW_DAYS" }.' })
  undefinedMetrics!: object;
}

export function metricsOf(metrics: StoredMetrics): PerformanceMetrics {
  // Results of releases before it was counted had none.
  return Object.assign(new PerformanceMetrics(), { funding: 0 }, metrics);
}

@ObjectType({ simpleResolvers: true, description: 'Equity at one moment.' })
export class EquityPoint {
  @Field(() => DateTimeScalar, { description: 'Open time of the candle at whose close it was taken.' })
  at!: number;

  @Field(() => DecimalScalar, { description: 'In the quote currency, an open position marked.' })
  equity!: number;

  @Field(() => DecimalScalar, { description: 'Below the highest equity so far, in percent; 0 or more.' })
  drawdownPercent!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Results of one month, UTC.' })
export class MonthlyResult {
  @Field(() => String, { description: 'The month: "2024-03".' })
  month!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'Change of equity in percent; null when nothing was left.' })
  returnPercent!: number | null;

  @Field(() => DecimalScalar, { description: 'Change of equity, in the quote currency.' })
  pnl!: number;

  @Field(() => DecimalScalar, { description: 'Equity at its end.' })
  equity!: number;

  @Field(() => Int, { description: 'Trades closed within it.' })
  trades!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Results of one day, UTC.' })
export class DailyResult {
  @Field(() => String, { description: 'The day: "2024-03-31".' })
  day!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'Change of equity in percent; null when nothing was left.' })
  returnPercent!: number | null;

  @Field(() => DecimalScalar, { description: 'Change of equity, in the quote currency.' })
  pnl!: number;

  @Field(() => DecimalScalar, { description: 'Equity at its end.' })
  equity!: number;

  @Field(() => Int, { description: 'Trades closed within it.' })
  trades!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Net profit if in each ambiguous candle the worse came first, and if the better did, in the quote currency.',
})
export class ProfitBand {
  @Field(() => DecimalScalar, { description: 'The stop always first.' })
  pessimistic!: number;

  @Field(() => DecimalScalar, { description: 'The target always first.' })
  optimistic!: number;
}
