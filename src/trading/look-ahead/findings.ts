import type { AskedAs } from './answers.ts';

/** What is wrong with a strategy that does not pass. */
export const LookAheadKind = {
  /** With later candles in sight it answers, or an indicator computes, something else. */
  FUTURE: 'FUTURE',
  /** Its answer at a candle depends on which candles it was asked about before: a restarted bot would decide otherwise. */
  MEMORY: 'MEMORY',
  /** It leaves a signal, or an indicator leaves a value, unwritten: what stood there before counts. */
  UNWRITTEN: 'UNWRITTEN',
  /** The same candles gave another answer the second time: it is random, or remembers earlier runs. */
  UNREPEATABLE: 'UNREPEATABLE',
  /** It writes into the candles or the indicator columns. */
  INPUT_CHANGED: 'INPUT_CHANGED',
  /** A bot, which is given one candle at a time, would decide or compute something else than a backtest. */
  LIVE: 'LIVE',
} as const;
export type LookAheadKind = (typeof LookAheadKind)[keyof typeof LookAheadKind];

/** One place where a strategy gave two answers to one question. */
export interface LookAheadDifference {
  readonly kind: LookAheadKind;
  /** Number of the candle among those that were checked, and its open time in ms UTC. */
  readonly index: number;
  readonly openTime: number;
  /** Name of the indicator or candle column that differs; null when the answer itself does. */
  readonly indicator: string | null;
  /** Who asked, where the strategy decides candle by candle. */
  readonly position: AskedAs | null;
  /** The answer on the whole series: signals or decision with the levels asked for, or the value of the indicator. */
  readonly expected: string;
  /** The answer that should have been the same. */
  readonly actual: string;
}

/** Differences that are kept, of one sort and of all. */
const mostOfASort = 5;
const most = 20;

/** Counts every difference and keeps the first few of each sort. */
export class Findings {
  count = 0;
  readonly #openTime: Float64Array;
  readonly #ofSort = new Map<string, number>();
  readonly #kept: LookAheadDifference[] = [];

  constructor(openTime: Float64Array) {
    this.#openTime = openTime;
  }

  add(
    kind: LookAheadKind,
    index: number,
    found: Pick<LookAheadDifference, 'expected' | 'actual'> & Partial<LookAheadDifference>,
  ): void {
    this.count += 1;
    const { indicator = null, position = null, expected, actual } = found;
    const sort = `${kind} ${indicator ?? ''} ${position ?? ''}`;
    const before = this.#ofSort.get(sort) ?? 0;
    this.#ofSort.set(sort, before + 1);
    if (before >= mostOfASort || this.#kept.length >= most) return;
    this.#kept.push({ kind, index, openTime: this.#openTime[index], indicator, position, expected, actual });
  }

  /** Those that were kept, in order of time. */
  get list(): readonly LookAheadDifference[] {
    return this.#kept.toSorted((a, b) => a.index - b.index);
  }
}
