/** Candle lengths. */
export const Timeframe = {
  M1: 'M1',
  M3: 'M3',
  M5: 'M5',
  M15: 'M15',
  M30: 'M30',
  H1: 'H1',
  H2: 'H2',
  H4: 'H4',
  H6: 'H6',
  H12: 'H12',
  D1: 'D1',
  W1: 'W1',
} as const;
export type Timeframe = (typeof Timeframe)[keyof typeof Timeframe];

const minute = 60_000;
const unitMs = { M: minute, H: 60 * minute, D: 1440 * minute, W: 10_080 * minute } as const;

/** Length of one candle in milliseconds. */
export function timeframeMs(timeframe: Timeframe): number {
  return unitMs[timeframe[0] as keyof typeof unitMs] * Number(timeframe.slice(1));
}

/** Reads "H1", "1h" or "1H"; undefined when there is no such candle length. */
export function parseTimeframe(text: string): Timeframe | undefined {
  const swapped = /^(\d+)([a-z])$/i.exec(text.trim());
  const name = (swapped ? `${swapped[2]}${swapped[1]}` : text.trim()).toUpperCase();
  return name in Timeframe ? (name as Timeframe) : undefined;
}

/** The way exchanges and files write it: "1m", "1h", "1d". */
export function timeframeText(timeframe: Timeframe): string {
  return `${timeframe.slice(1)}${timeframe[0]!.toLowerCase()}`;
}

// 1970-01-01 was a Thursday; weekly candles open on Mondays, as exchanges have it.
const weekOffset = 4 * 1440 * minute;

/** Open time (ms UTC) of the candle that holds the moment `at`. */
export function openTimeAt(timeframe: Timeframe, at: number): number {
  const length = timeframeMs(timeframe);
  const offset = timeframe === 'W1' ? weekOffset : 0;
  return Math.floor((at - offset) / length) * length + offset;
}

/** Those of some candle lengths that a longer one divides into, the shortest first. */
export function dividing(longer: Timeframe, timeframes: readonly Timeframe[]): Timeframe[] {
  const length = timeframeMs(longer);
  return timeframes
    .filter((one) => timeframeMs(one) < length && length % timeframeMs(one) === 0)
    .toSorted((a, b) => timeframeMs(a) - timeframeMs(b));
}
