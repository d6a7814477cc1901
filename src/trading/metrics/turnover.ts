/** What one round trip, or an open position, moved. */
export interface Traded {
  readonly quantity: number;
  readonly entryPrice: number;
  /** Null while open. */
  readonly exitPrice: number | null;
}

/** Turnover: the value of all fills, entries and exits, in quote currency. Source: backtrader, `Transactions` analyser, summed. */
export function turnover(traded: readonly Traded[]): number {
  let sum = 0;
  for (const { quantity, entryPrice, exitPrice } of traded) sum += quantity * (entryPrice + (exitPrice ?? 0));
  return sum;
}
