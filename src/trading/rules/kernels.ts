/**
 * The loops that rules are made of: each walks columns once and writes a byte or a number per candle. One function per kind and
 * always the same array types, so that each is compiled once, for all rules.
 */

/** Bytes of truth at `out[o..o + n)`: x[a + k] > y[b + k]. No branch: which way a price goes is what a processor cannot guess. */
export function above(x: Float64Array, a: number, y: Float64Array, b: number, out: Uint8Array, o: number, n: number): void {
  for (let k = 0; k < n; k++) out[o + k] = Number(x[a + k] > y[b + k]);
}

export function atLeast(x: Float64Array, a: number, y: Float64Array, b: number, out: Uint8Array, o: number, n: number): void {
  for (let k = 0; k < n; k++) out[o + k] = Number(x[a + k] >= y[b + k]);
}

/** Above now and below one candle ago; neither is true of a tie. */
export function crossesAbove(
  x: Float64Array,
  a: number,
  y: Float64Array,
  b: number,
  out: Uint8Array,
  o: number,
  n: number,
): void {
  let before = Number(x[a - 1] < y[b - 1]);
  for (let k = 0; k < n; k++) {
    const left = x[a + k];
    const right = y[b + k];
    out[o + k] = Number(left > right) & before;
    before = Number(left < right);
  }
}

/** The crosses of a pair in both directions, at the price of little more than one. */
export function crossesBoth(
  x: Float64Array,
  a: number,
  y: Float64Array,
  b: number,
  above: Uint8Array,
  below: Uint8Array,
  o: number,
  n: number,
): void {
  let wasAbove = Number(x[a - 1] > y[b - 1]);
  let wasBelow = Number(x[a - 1] < y[b - 1]);
  for (let k = 0; k < n; k++) {
    const left = x[a + k];
    const right = y[b + k];
    const isAbove = Number(left > right);
    const isBelow = Number(left < right);
    above[o + k] = isAbove & wasBelow;
    below[o + k] = isBelow & wasAbove;
    wasAbove = isAbove;
    wasBelow = isBelow;
  }
}

/** What is true stays so only where x[a + k] > y[b + k]; where it is false, which is nearly everywhere, nothing is read. */
export function andAbove(x: Float64Array, a: number, y: Float64Array, b: number, out: Uint8Array, o: number, n: number): void {
  for (let k = 0; k < n; k++) if (out[o + k] !== 0) out[o + k] = Number(x[a + k] > y[b + k]);
}

export function andAtLeast(x: Float64Array, a: number, y: Float64Array, b: number, out: Uint8Array, o: number, n: number): void {
  for (let k = 0; k < n; k++) if (out[o + k] !== 0) out[o + k] = Number(x[a + k] >= y[b + k]);
}

/** Whether each of the last `candles` values is above the one before it. */
export function rising(x: Float64Array, a: number, candles: number, out: Uint8Array, o: number, n: number): void {
  let streak = 0;
  for (let k = 1 - candles; k < 0; k++) streak = x[a + k] > x[a + k - 1] ? streak + 1 : 0;
  for (let k = 0; k < n; k++) {
    streak = x[a + k] > x[a + k - 1] ? streak + 1 : 0;
    out[o + k] = streak >= candles ? 1 : 0;
  }
}

export function falling(x: Float64Array, a: number, candles: number, out: Uint8Array, o: number, n: number): void {
  let streak = 0;
  for (let k = 1 - candles; k < 0; k++) streak = x[a + k] < x[a + k - 1] ? streak + 1 : 0;
  for (let k = 0; k < n; k++) {
    streak = x[a + k] < x[a + k - 1] ? streak + 1 : 0;
    out[o + k] = streak >= candles ? 1 : 0;
  }
}

/** Whether `truth` held at any of the last `candles` places; `truth[at + k]` is the place of `out[o + k]`. */
export function within(truth: Uint8Array, at: number, candles: number, out: Uint8Array, o: number, n: number): void {
  let since = candles;
  for (let k = 1 - candles; k < 0; k++) since = truth[at + k] === 1 ? 0 : since + 1;
  for (let k = 0; k < n; k++) {
    since = truth[at + k] === 1 ? 0 : since + 1;
    out[o + k] = since < candles ? 1 : 0;
  }
}

/** Four truths at a time: words `from` up to `to` of `out` with those of `truth` that stand `at` further on. */
export function not(truth: Int32Array, at: number, out: Int32Array, from: number, to: number): void {
  for (let w = from; w < to; w++) out[w] = truth[at + w] ^ 0x01010101;
}

export function copy(truth: Int32Array, at: number, out: Int32Array, from: number, to: number): void {
  for (let w = from; w < to; w++) out[w] = truth[at + w];
}

export function and(truth: Int32Array, at: number, out: Int32Array, from: number, to: number): void {
  for (let w = from; w < to; w++) out[w] &= truth[at + w];
}

export function or(truth: Int32Array, at: number, out: Int32Array, from: number, to: number): void {
  for (let w = from; w < to; w++) out[w] |= truth[at + w];
}

export function plus(x: Float64Array, a: number, y: Float64Array, b: number, out: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) out[k] = x[a + k] + y[b + k];
}

export function minus(x: Float64Array, a: number, y: Float64Array, b: number, out: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) out[k] = x[a + k] - y[b + k];
}

export function times(x: Float64Array, a: number, y: Float64Array, b: number, out: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) out[k] = x[a + k] * y[b + k];
}

export function over(x: Float64Array, a: number, y: Float64Array, b: number, out: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) out[k] = x[a + k] / y[b + k];
}
