/**
 * The indices of a line that a chart of so many columns needs: of each column the first, lowest, highest and last value, in order.
 * No peak and no trough is lost, and the drawing is the same as with every point.
 */
export function visibleIndices(values: ArrayLike<number>, columns: number): number[] {
  const length = values.length;
  if (length <= columns * 4) return Array.from({ length }, (_, i) => i);
  const indices: number[] = [];
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * length) / columns);
    const end = Math.floor(((column + 1) * length) / columns);
    let low = start;
    let high = start;
    for (let i = start + 1; i < end; i++) {
      if (values[i] < values[low]) low = i;
      if (values[i] > values[high]) high = i;
    }
    indices.push(...[...new Set([start, low, high, end - 1])].sort((a, b) => a - b));
  }
  return indices;
}

/** How far each value stands below the highest so far, the initial capital included, in percent, zero or negative. */
export function drawdowns(equity: ArrayLike<number>, initialCapital: number): Float64Array {
  const result = new Float64Array(equity.length);
  let peak = initialCapital;
  for (let i = 0; i < equity.length; i++) {
    if (equity[i] > peak) peak = equity[i];
    result[i] = peak > 0 ? (equity[i] / peak - 1) * 100 : 0;
  }
  return result;
}

/** Lowest and highest of all the values of some series. */
export function extent(...series: readonly ArrayLike<number>[]): [min: number, max: number] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] < min) min = values[i];
      if (values[i] > max) max = values[i];
    }
  }
  return min <= max ? [min, max] : [0, 1];
}
