import { normal, subkey, textKey, uniform } from './random.ts';
import type { SimSymbol } from './symbols.ts';

/** Minutes in one block: the piece of the path that is computed at once (11.4 days). */
export const blockMinutes = 16_384;
const levels = 14;
const blocksAYear = (365 * 1440) / blockMinutes;

/** The path of one block: the logarithm of the price at each minute's open (and at the block's end), and each minute's variance. */
export interface Block {
  readonly logPrice: Float64Array;
  readonly variance: Float64Array;
}

/**
 * The hidden path of a market's price: the logarithm of the price at any minute since 1970, from nothing but the seed and the symbol.
 *
 * The ends of the blocks lie on a slow sum of waves (4 years, 1 year, 10 weeks: bull and bear markets) plus independent noise, so the path wanders
 * for ever without running away. Between them a Brownian bridge is refined by halving, and the variance of each
 * interval is shared between its halves unequally, at random, on every level: a multiplicative cascade (Mandelbrot, Calvet and Fisher,
 * "A Multifractal Model of Asset Returns", 1997). That gives quiet and wild hours that cluster, and fat tails.
 *
 * Only `exp`, `log` and `sqrt` are used beside plain arithmetic, so the numbers are the same on every machine.
 */
export class PricePath {
  private readonly key: number;
  private readonly blockKey: number;
  private readonly waveKeys: readonly number[];
  private readonly knotKey: number;
  private readonly variance: number;
  private readonly middle: number;

  constructor(seed: number, symbol: SimSymbol) {
    this.key = subkey(textKey(symbol.follows ?? symbol.symbol), seed);
    this.blockKey = subkey(this.key, 1);
    this.knotKey = subkey(this.key, 2);
    this.waveKeys = waves.map((_, index) => subkey(subkey(this.key, 3), index));
    this.variance = (symbol.dailyVolatility ** 2 / 1440) * blockMinutes;
    this.middle = Math.log(symbol.price);
  }

  /** Computes block `index`, which covers the minutes `[index · blockMinutes, (index + 1) · blockMinutes)` since 1970; about a millisecond. */
  block(index: number): Block {
    const key = subkey(this.blockKey, index);
    const shareKey = subkey(key, 1);
    const moveKey = subkey(key, 2);

    // Nodes of the binary tree in heap order: node n has the halves 2n and 2n + 1; the leaves are the minutes.
    const tree = new Float64Array(2 * blockMinutes);
    tree[1] = this.variance * Math.exp(0.35 * normal(key, 3));
    for (let node = 1; node < blockMinutes; node++) {
      const share = 0.3 + 0.4 * uniform(shareKey, node);
      tree[2 * node] = tree[node] * share;
      tree[2 * node + 1] = tree[node] * (1 - share);
    }

    const logPrice = new Float64Array(blockMinutes + 1);
    logPrice[0] = this.knot(index);
    logPrice[blockMinutes] = this.knot(index + 1);
    for (let level = 0; level < levels; level++) {
      const length = blockMinutes >> level;
      for (let i = 0, node = 1 << level; i < blockMinutes; i += length, node++) {
        const left = tree[2 * node];
        const right = tree[2 * node + 1];
        const share = left / (left + right);
        const from = logPrice[i];
        const mean = from + (logPrice[i + length] - from) * share;
        logPrice[i + length / 2] = mean + Math.sqrt(share * right) * normal(moveKey, node);
      }
    }
    return { logPrice, variance: tree.subarray(blockMinutes) };
  }

  /** The logarithm of the price where block `index` begins. */
  private knot(index: number): number {
    let value = this.middle + Math.sqrt(this.variance / 2) * normal(this.knotKey, index);
    for (const [wave, { period, amplitude }] of waves.entries())
      value += amplitude * smoothNoise(this.waveKeys[wave], index / period);
    return value;
  }

  /** A key for random numbers of single minutes that must not be those of the path. */
  minuteKey(purpose: number): number {
    return subkey(subkey(this.key, 4), purpose);
  }
}

/** Bull and bear markets: period in blocks, and amplitude as the logarithm of the price. */
const waves = [
  { period: 2 * blocksAYear, amplitude: 0.35 },
  { period: blocksAYear / 2, amplitude: 0.2 },
  { period: 6, amplitude: 0.1 },
] as const;

/** Normal values at whole numbers, joined smoothly. */
function smoothNoise(key: number, at: number): number {
  const whole = Math.floor(at);
  const part = at - whole;
  const ease = part * part * (3 - 2 * part);
  return normal(key, whole) * (1 - ease) + normal(key, whole + 1) * ease;
}
