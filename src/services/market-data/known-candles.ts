import type { Candles } from '../../trading/candle.ts';
import type { CheckedCandles } from '../../trading/checked-candles.ts';
import { resample } from '../../trading/resample.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import { type GapReport, gapsIn, reportGaps } from './gaps.ts';

/** What looking candles through gives, beside the candles. */
export type Findings = Omit<CheckedCandles, 'candles' | 'timeframe'>;

/** Candles of one timeframe that nobody changes any more, and what was found out about them: each only when asked, and once. */
export class KnownCandles {
  readonly candles: Candles;
  readonly timeframe: Timeframe;
  readonly #grew: () => void;
  #gaps: GapReport | undefined;
  #checked: CheckedCandles | undefined;
  readonly #longer = new Map<Timeframe, LongerRange>();

  /** @param grew told when longer candles were built */
  constructor(candles: Candles, timeframe: Timeframe, grew: () => void = () => {}) {
    this.candles = candles;
    this.timeframe = timeframe;
    this.#grew = grew;
  }

  /** Bytes of the longer candles that were built. */
  get builtBytes(): number {
    let bytes = 0;
    for (const { range } of this.#longer.values()) bytes += range.candles.openTime.byteLength * 6;
    return bytes;
  }

  gaps(): GapReport {
    return (this.#gaps ??= reportGaps(gapsIn(this.candles.openTime, this.timeframe)));
  }

  /** Looked through and named, for runs; undefined until the first run has done it, in its own thread, and told. */
  get checked(): CheckedCandles | undefined {
    return this.#checked;
  }

  remember(findings: Findings): void {
    this.#checked = { ...findings, candles: this.candles, timeframe: this.timeframe };
  }

  /** The candles of a longer timeframe that can be built from these. */
  longer(timeframe: Timeframe): LongerRange {
    let built = this.#longer.get(timeframe);
    if (!built) {
      const { candles, incomplete } = resample(this.candles, this.timeframe, timeframe);
      built = { range: new KnownCandles(sharedCandles(candles), timeframe), incomplete };
      this.#longer.set(timeframe, built);
      this.#grew();
    }
    return built;
  }
}

/** Built candles. */
export interface LongerRange {
  readonly range: KnownCandles;
  /** Open times of candles that were built although parts of them are missing. */
  readonly incomplete: readonly number[];
}

/** A copy on memory that worker threads can see. */
export function sharedCandles(candles: Candles): Candles {
  return copied(candles, (bytes) => new SharedArrayBuffer(bytes));
}

/** A copy that its receiver may write to. */
export function ownCandles(candles: Candles): Candles {
  return copied(candles, (bytes) => new ArrayBuffer(bytes));
}

function copied(
  { openTime, open, high, low, close, volume }: Candles,
  memory: (bytes: number) => ArrayBuffer | SharedArrayBuffer,
): Candles {
  const copy = (column: Float64Array): Float64Array => {
    const result = new Float64Array(memory(column.byteLength));
    result.set(column);
    return result;
  };
  return {
    openTime: copy(openTime),
    open: copy(open),
    high: copy(high),
    low: copy(low),
    close: copy(close),
    volume: copy(volume),
  };
}
