/**
 * Random numbers that are looked up instead of drawn: each is a pure function of a key, so any minute of any market can be
 * computed alone, in any order, and comes out the same.
 */

const golden = 0x9e3779b1;

/** Scrambles 32 bits into 32 bits (Chris Wellons' `lowbias32`, public domain, https://nullprogram.com/blog/2018/07/31/). */
export function scramble(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A key made of another key and an index: the next level of the tree of random numbers. */
export function subkey(key: number, index: number): number {
  return scramble(scramble(key ^ 0x2545f491) ^ Math.imul(index, golden));
}

/** A key from text (FNV-1a). */
export function textKey(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return scramble(hash);
}

/** Uniform in the open interval (0, 1), for a key and an index. */
export function uniform(key: number, index: number): number {
  return (scramble(key ^ Math.imul(index, golden)) + 0.5) / 4_294_967_296;
}

/** Standard normal, for a key and an index: the inverse distribution function at `uniform`. */
export function normal(key: number, index: number): number {
  return inverseNormal(uniform(key, index));
}

/** Inverse of the standard normal distribution, relative error below 1.15e-9 (Peter Acklam's rational approximation, 2003). */
function inverseNormal(p: number): number {
  const tail = 0.02425;
  if (p < tail) return tailOf(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - tail) return -tailOf(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  const above =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) *
      r +
    2.506628277459239;
  const below =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) *
      r +
    1;
  return (above * q) / below;
}

function tailOf(q: number): number {
  const above =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const below = (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
  return above / below;
}
