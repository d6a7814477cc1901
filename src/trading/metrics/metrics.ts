/** Why a metric has no value. */
export const UndefinedReason = {
  NO_TRADES: 'NO_TRADES',
  TOO_FEW_TRADES: 'TOO_FEW_TRADES',
  NO_WINS: 'NO_WINS',
  NO_LOSSES: 'NO_LOSSES',
  TOO_FEW_DAYS: 'TOO_FEW_DAYS',
  PERIOD_TOO_SHORT: 'PERIOD_TOO_SHORT',
  ZERO_DEVIATION: 'ZERO_DEVIATION',
  NO_DRAWDOWN: 'NO_DRAWDOWN',
  CAPITAL_LOST: 'CAPITAL_LOST',
  /** The number would be too large to mean anything. */
  OUT_OF_RANGE: 'OUT_OF_RANGE',
} as const;
export type UndefinedReason = (typeof UndefinedReason)[keyof typeof UndefinedReason];

/** Either a finite number or the reason why there is none. */
export type Measured = number | UndefinedReason;

/** Results of a run. Percentages mean percent, money is in quote currency; null: see `UndefinedMetrics`. */
export interface Metrics {
  readonly totalReturnPercent: number;
  readonly netPnl: number;
  readonly trades: number;
  readonly winningTrades: number;
  readonly losingTrades: number;
  readonly winRatePercent: number | null;
  readonly profitFactor: number | null;
  readonly expectancy: number | null;
  readonly averageWin: number | null;
  readonly averageLoss: number | null;
  readonly largestWin: number | null;
  readonly largestLoss: number | null;
  readonly longestWinStreak: number;
  readonly longestLossStreak: number;
  readonly averageCandlesHeld: number | null;
  readonly kellyFraction: number | null;
  readonly sqn: number | null;
  readonly fees: number;
  /** Funding paid; negative: received. */
  readonly funding: number;
  readonly turnover: number;
  readonly exposurePercent: number;
  readonly cagrPercent: number | null;
  readonly volatilityPercent: number | null;
  readonly sharpeRatio: number | null;
  readonly geometricSharpeRatio: number | null;
  readonly sortinoRatio: number | null;
  readonly calmarRatio: number | null;
  readonly maxDrawdownPercent: number;
  /** Longest time from a peak until it was reached again, or until the end, in ms. */
  readonly maxDrawdownDurationMs: number;
  readonly ulcerIndex: number | null;
  readonly recoveryFactor: number | null;
  readonly buyAndHoldReturnPercent: number;
  /** Trading days of a year that the ratios used. */
  readonly annualDays: number;
}

/** The reason for each metric that is null. */
export type UndefinedMetrics = Readonly<Partial<Record<keyof Metrics, UndefinedReason>>>;
