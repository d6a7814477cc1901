import { ParameterError } from './errors.ts';
import { Hasher } from './hash.ts';

/** Funding of a perpetual as it was: what holders of one side paid the other. */
export interface FundingRates {
  /** When it was due, ms UTC, ascending. */
  readonly time: Float64Array;
  /** Fraction of the position's value: 0.0001 is 0.01 %; positive: longs pay shorts. */
  readonly rate: Float64Array;
}

/** Rates beyond this are a mistake of unit: exchanges cap them at a few percent. */
const highestRate = 0.1;

/**
 * Checks funding rates.
 * @throws ParameterError with the column and index of the first bad one
 */
export function checkFunding({ time, rate }: FundingRates): FundingRates {
  if (!(time instanceof Float64Array) || !(rate instanceof Float64Array) || time.length !== rate.length)
    throw new ParameterError('funding needs two Float64Arrays of the same length, time and rate', ['funding']);
  for (let i = 0; i < time.length; i++) {
    if (!(Math.abs(rate[i]) <= highestRate))
      throw new ParameterError(
        `funding rate ${i} must be a fraction from -${highestRate} to ${highestRate}, not ${rate[i]}`,
        ['funding', 'rate', String(i)],
        {
          value: rate[i],
          limit: highestRate,
        },
      );
    if (!Number.isFinite(time[i]) || (i > 0 && !(time[i] > time[i - 1])))
      throw new ParameterError(`funding time ${i} must come after the one before it`, ['funding', 'time', String(i)], {
        value: time[i],
      });
  }
  return { time, rate };
}

/** Names funding rates: the same rates, the same text. */
export function fundingFingerprint({ time, rate }: FundingRates): string {
  return new Hasher().doubles(time).doubles(rate).digest();
}

/**
 * What is due at which candle of a series: at the first open at or after each funding time, the rates of one gap added up. What was due
 * at or before the first open is nobody's.
 */
export class FundingSchedule {
  readonly #index: Int32Array;
  readonly #rate: Float64Array;

  private constructor(index: Int32Array, rate: Float64Array) {
    this.#index = index;
    this.#rate = rate;
  }

  static of(openTime: Float64Array, { time, rate }: FundingRates): FundingSchedule {
    const due = new Map<number, number>();
    let candle = 0;
    for (let i = 0; i < time.length; i++) {
      while (candle < openTime.length && openTime[candle] < time[i]) candle++;
      if (candle > 0 && candle < openTime.length) due.set(candle, (due.get(candle) ?? 0) + rate[i]);
    }
    return new FundingSchedule(Int32Array.from(due.keys()), Float64Array.from(due.values()));
  }

  /** The same rate every so many hours, counted from midnight UTC. */
  static every(openTime: Float64Array, hours: number, rate: number): FundingSchedule {
    const step = hours * 3_600_000;
    const index: number[] = [];
    const rates: number[] = [];
    for (let i = 1; i < openTime.length; i++) {
      const boundaries = Math.floor(openTime[i] / step) - Math.floor(openTime[i - 1] / step);
      if (boundaries === 0) continue;
      index.push(i);
      rates.push(rate * boundaries);
    }
    return new FundingSchedule(Int32Array.from(index), Float64Array.from(rates));
  }

  /** A reader that is asked for ascending candles. */
  cursor(): FundingCursor {
    return new FundingCursor(this.#index, this.#rate);
  }
}

/** Goes through a schedule once. */
export class FundingCursor {
  readonly #index: Int32Array;
  readonly #rate: Float64Array;
  #next = 0;

  constructor(index: Int32Array, rate: Float64Array) {
    this.#index = index;
    this.#rate = rate;
  }

  /** The first candle from `index` on at which funding is due; Infinity when there is none. */
  from(index: number): number {
    while (this.#next < this.#index.length && this.#index[this.#next] < index) this.#next++;
    return this.#next < this.#index.length ? this.#index[this.#next] : Infinity;
  }

  /** The rate that is due at the open of candle `index`; 0: none. */
  rateAt(index: number): number {
    return this.from(index) === index ? this.#rate[this.#next] : 0;
  }
}
