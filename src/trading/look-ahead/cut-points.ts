import { Signal } from '../strategy.ts';

/** Whole numbers below `bound`, the same sequence for the same seed: a counter through the finaliser of Murmur3. */
function numbersFrom(seed: number): (bound: number) => number {
  let counter = seed;
  return (bound) => {
    counter = (counter + 0x9e3779b9) | 0;
    let h = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return Math.floor((((h ^ (h >>> 16)) >>> 0) / 2 ** 32) * bound);
  };
}

/** At most `most` of these, evenly spread. */
function evenly(all: readonly number[], most: number): readonly number[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}

/**
 * The candles after which the series is cut off: half of them around the candles where something is decided, the rest one from each of
 * as many equal stretches, at a place that the seed picks. In order, each once.
 * @param decided candles where the strategy wants something
 * @param first index of the first candle that may be the last one
 * @param end index after the last such candle
 */
export function cutPoints(decided: readonly number[], first: number, end: number, most: number, seed: number): number[] {
  if (end - first <= most) return Array.from({ length: end - first }, (_, i) => first + i);
  const around = evenly(decided, Math.floor(most / 6)).flatMap((index) => [index - 1, index, index + 1]);
  const points = new Set(around.filter((index) => index >= first && index < end));
  const stretches = most - points.size;
  const pick = numbersFrom(seed);
  for (let i = 0; i < stretches; i++) {
    const from = first + Math.floor((i * (end - first)) / stretches);
    const to = first + Math.floor(((i + 1) * (end - first)) / stretches);
    points.add(from + pick(to - from));
  }
  return [...points].sort((a, b) => a - b);
}

/** The candles at which somebody who follows these signals from flat enters or leaves. */
export function turningPoints(signals: Uint8Array, first: number): number[] {
  const entries = Signal.ENTER_LONG | Signal.ENTER_SHORT;
  const found: number[] = [];
  let wanted: number = entries;
  for (let i = first; i < signals.length; i++) {
    const signal = signals[i] & wanted;
    if (signal === 0) continue;
    found.push(i);
    if ((wanted & entries) === 0) wanted = entries;
    else wanted = (signal & Signal.ENTER_LONG) === 0 ? Signal.EXIT_SHORT : Signal.EXIT_LONG;
  }
  return found;
}
