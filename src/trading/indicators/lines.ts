import type { Candles } from '../candle.ts';
import type { Indicator, IndicatorStream, PairBatch } from './indicator.ts';

/** Lines that come out of one computation, one candle at a time; a line is NaN until it has its first value. */
export type LinesStream<L extends string> = { next(candles: Candles, index: number): void } & { readonly [line in L]: number };

/** An indicator with several lines. */
export interface Lines<L extends string> {
  /** Its name with parameters, such as "MACD(12,26,9)". */
  readonly key: string;
  /** Index of the first candle that has a value, per line. */
  readonly warmUps: Readonly<Record<L, number>>;
  /** The whole columns of the lines that are given one. */
  batch(candles: Candles, columns: Readonly<Partial<Record<L, Float64Array>>>): void;
  stream(): LinesStream<L>;
}

/** One line of an indicator that has several; its key ends with the line's name: "MACD(12,26,9).signal". */
export function lineOf<L extends string>(lines: Lines<L>, line: L): Indicator {
  return new LineIndicator(lines, line);
}

class LineIndicator<L extends string> implements Indicator {
  readonly key: string;
  readonly warmUp: number;
  readonly #lines: Lines<L>;
  readonly #line: L;

  constructor(lines: Lines<L>, line: L) {
    this.key = `${lines.key}.${line}`;
    this.warmUp = lines.warmUps[line];
    this.#lines = lines;
    this.#line = line;
  }

  batch(candles: Candles, out: Float64Array): void {
    this.#lines.batch(candles, { [this.#line]: out } as Partial<Record<L, Float64Array>>);
  }

  batchWith(other: Indicator): PairBatch | null {
    if (!(other instanceof LineIndicator) || other.#lines.key !== this.#lines.key) return null;
    const otherLine = other.#line as string;
    return (candles, out, otherOut) =>
      this.#lines.batch(candles, { [this.#line]: out, [otherLine]: otherOut } as Partial<Record<L, Float64Array>>);
  }

  stream(): IndicatorStream {
    const stream = this.#lines.stream();
    const line = this.#line;
    return {
      next(candles: Candles, index: number): number {
        stream.next(candles, index);
        return stream[line];
      },
    };
  }
}
