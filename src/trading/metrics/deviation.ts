/** Mean of the values; NaN without any. */
export function mean(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Where values lie and how far apart: what several metrics of the same values begin with. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation (n − 1); NaN under two values. */
  readonly deviation: number;
}

/** Mean and deviation, taken in two passes. */
export function spreadOf(values: Float64Array): Spread {
  const middle = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - middle) ** 2;
  return { mean: middle, deviation: values.length < 2 ? Number.NaN : Math.sqrt(sum / (values.length - 1)) };
}

/** Deviations this small against the values' size are rounding noise: a ratio over them would only look like a number. */
export function isNoise(deviation: number, size: number): boolean {
  return !(deviation > size * 1e-12);
}
