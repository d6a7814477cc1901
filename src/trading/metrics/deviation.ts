/** Mean of the values; NaN without any. */
export function mean(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Sample standard deviation (n − 1), taken in two passes; NaN under two values. */
export function sampleDeviation(values: Float64Array): number {
  const middle = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - middle) ** 2;
  return values.length < 2 ? Number.NaN : Math.sqrt(sum / (values.length - 1));
}

/** Deviations this small against the values' size are rounding noise: a ratio over them would only look like a number. */
export function isNoise(deviation: number, size: number): boolean {
  return !(deviation > size * 1e-12);
}
