/** Results of one UTC day or month. */
export interface PeriodResult {
  /** Start of the period, ms UTC. */
  readonly start: number;
  /** Equity at the period's last close. */
  readonly equity: number;
  /** Change of equity since the period before, in quote currency and in percent; null when that was 0. */
  readonly pnl: number;
  readonly returnPercent: number | null;
  /** Round trips closed within it. */
  readonly trades: number;
}
