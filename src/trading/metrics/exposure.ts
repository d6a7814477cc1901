/**
 * Exposure in percent: the share of candles during any part of which a position was open.
 * Source: backtesting.py, "Exposure Time".
 * @param entries indexes of the candles in which positions were entered, in any order, overlapping or not
 * @param exits of those in which they were left; a position still open ends at the last candle
 */
export function exposurePercent(entries: Float64Array, exits: Float64Array, candles: number): number {
  const order = orderOf(entries);
  let count = 0;
  let next = 0;
  for (let place = 0; place < entries.length; place++) {
    const i = order === null ? place : order[place];
    const from = Math.max(entries[i], next);
    if (exits[i] >= from) count += exits[i] - from + 1;
    next = Math.max(next, exits[i] + 1);
  }
  return candles === 0 ? 0 : (count / candles) * 100;
}

/** The order of the entries; null where they are in order already, as those of one market are. */
function orderOf(entries: Float64Array): number[] | null {
  for (let i = 1; i < entries.length; i++)
    if (entries[i] < entries[i - 1]) return Array.from(entries, (_, place) => place).sort((a, b) => entries[a] - entries[b]);
  return null;
}
