/** One point of an equity curve. */
export interface CurvePoint {
  /** Open time of the candle at whose close this is, ms UTC. */
  readonly at: number;
  readonly equity: number;
  /** Fall from the highest equity so far, the initial capital included. */
  readonly drawdownPercent: number;
}

/**
 * At most `maxPoints` points of a curve: evenly spaced, the first and the last among them. Each carries the drawdown of its own close.
 * @param maxPoints at least 2
 */
export function sampleCurve(
  initialCapital: number,
  openTime: Float64Array,
  equity: Float64Array,
  maxPoints: number,
): CurvePoint[] {
  const n = equity.length;
  const count = Math.min(n, Math.max(2, Math.floor(maxPoints)));
  const points: CurvePoint[] = [];
  let peak = initialCapital;
  let place = 0;
  for (let i = 0; i < n; i++) {
    const value = equity[i];
    if (value > peak) peak = value;
    const wanted = count === 1 ? 0 : Math.floor((place * (n - 1)) / (count - 1));
    if (i === wanted) {
      points.push({ at: openTime[i], equity: value, drawdownPercent: ((peak - value) / peak) * 100 });
      place += 1;
    }
  }
  return points;
}
