/** When a position was open, as indexes of candles. */
export interface Held {
  readonly entryIndex: number;
  readonly exitIndex: number;
}

/** Mostly they are in order of their entries already; those of several markets need not be. */
function inOrder(held: readonly Held[]): readonly Held[] {
  for (let i = 1; i < held.length; i++)
    if (held[i].entryIndex < held[i - 1].entryIndex) return [...held].sort((a, b) => a.entryIndex - b.entryIndex);
  return held;
}

/**
 * Exposure in percent: the share of candles during any part of which a position was open.
 * Source: backtesting.py, "Exposure Time".
 * @param held in any order, overlapping or not; a position still open ends at the last candle
 */
export function exposurePercent(held: readonly Held[], candles: number): number {
  let count = 0;
  let next = 0;
  for (const { entryIndex, exitIndex } of inOrder(held)) {
    const from = Math.max(entryIndex, next);
    if (exitIndex >= from) count += exitIndex - from + 1;
    next = Math.max(next, exitIndex + 1);
  }
  return candles === 0 ? 0 : (count / candles) * 100;
}
