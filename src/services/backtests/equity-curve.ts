/** One point of an equity curve: ms UTC, equity in quote currency, percent below the highest equity so far (0 or more). */
export interface EquityPoint {
  readonly at: number;
  readonly equity: number;
  readonly drawdownPercent: number;
}

/**
 * Packs an equity curve as pairs of time and equity, little-endian doubles. Points inside a level stretch are left out: the
 * line between its ends goes through them, so nothing is lost.
 */
export function packEquity(times: Float64Array, equity: Float64Array): Uint8Array {
  const kept: number[] = [];
  const last = equity.length - 1;
  for (let i = 0; i <= last; i++) {
    const isLevel = i > 0 && i < last && equity[i] === equity[i - 1] && equity[i] === equity[i + 1];
    if (!isLevel) kept.push(i);
  }
  const view = new DataView(new ArrayBuffer(kept.length * 16));
  for (const [place, i] of kept.entries()) {
    view.setFloat64(place * 16, times[i], true);
    view.setFloat64(place * 16 + 8, equity[i], true);
  }
  return new Uint8Array(view.buffer);
}

/** Reads what `packEquity` wrote, each point with its drawdown; the initial capital counts as the first peak. */
export function unpackEquity(packed: Uint8Array, initialCapital: number): EquityPoint[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const points: EquityPoint[] = [];
  let peak = initialCapital;
  for (let offset = 0; offset + 16 <= packed.byteLength; offset += 16) {
    const equity = view.getFloat64(offset + 8, true);
    if (equity > peak) peak = equity;
    points.push({ at: view.getFloat64(offset, true), equity, drawdownPercent: peak > 0 ? (1 - equity / peak) * 100 : 0 });
  }
  return points;
}

/**
 * At most `maxPoints` of the points, evenly over time: the first and the last, and of each of the stretches between them the lowest
 * and the highest equity, so that every peak and trough that a chart could show is in it.
 */
export function downsample(points: readonly EquityPoint[], maxPoints: number): readonly EquityPoint[] {
  if (points.length <= maxPoints) return points;
  if (maxPoints < 4) return maxPoints < 2 ? points.slice(0, 1) : [points[0], points[points.length - 1]];
  const inner = { from: 1, to: points.length - 1 };
  const stretches = Math.floor((maxPoints - 2) / 2);
  const begin = points[inner.from].at;
  const width = (points[inner.to - 1].at - begin) / stretches;
  const result = [points[0]];
  let at = inner.from;
  for (let stretch = 0; stretch < stretches; stretch++) {
    const end = stretch === stretches - 1 ? Number.POSITIVE_INFINITY : begin + width * (stretch + 1);
    let low = at;
    let high = at;
    const start = at;
    for (; at < inner.to && points[at].at < end; at++) {
      if (points[at].equity < points[low].equity) low = at;
      if (points[at].equity > points[high].equity) high = at;
    }
    if (at === start) continue;
    for (const index of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) result.push(points[index]);
  }
  result.push(points[points.length - 1]);
  return result;
}
