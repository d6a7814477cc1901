/** How often bots trade: with a strategy as it comes, or with averages so short that they cross every few candles. */
export type Pace = 'usual' | 'hectic';

/** What the parent asks of a server of this benchmark. */
export type Command =
  /** Make so many bots and start them; answered when all run. */
  | { readonly make: number; readonly pace: Pace }
  /** Let them trade for so many milliseconds; answered with what was seen. */
  | { readonly watch: number }
  /** Answered when so many bots run and each has followed a live candle. */
  | { readonly resumed: number };

/** What was seen while bots traded. Times in milliseconds. */
export interface Watched {
  /** From a closed candle coming in to the order that it led to being committed, of each such order. */
  readonly latencies: readonly number[];
  /** How far the last candle that each bot followed is behind the market, in candles. */
  readonly behind: readonly number[];
  /** Processor time of the process. */
  readonly cpuMs: number;
  readonly ms: number;
}

/** When bots were back, by the clock of the machine, ms UTC. */
export interface Resumed {
  readonly runningAt: number;
  readonly tradingAt: number;
}
