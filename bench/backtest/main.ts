import { runBacktest } from '../../src/trading/backtest.ts';
import type { BacktestSpec } from '../../src/trading/backtest-types.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { bareLoop } from '../support/bare-loop.ts';
import { generatedCandles } from '../support/candles.ts';
import { type BenchCase, type BenchReport, median } from '../support/report.ts';

const spec: BacktestSpec = {
  strategy: 'ema-rsi',
  timeframe: 'H1',
  stopLossPercent: 2,
  takeProfitPercent: 4,
  stopAnchor: 'SIGNAL_CLOSE',
  targetGap: 'OPEN',
};

/** `checked`: the candles were looked through and fingerprinted once, when they were loaded, as the product does it. */
const sizes: readonly (readonly [name: string, candles: number, rounds: number, checked: boolean])[] = [
  ['built-in 10k', 10_000, 400, true],
  ['built-in 100k', 100_000, 100, true],
  ['built-in 1M', 1_000_000, 20, true],
  ['built-in 100k, check and fingerprint included', 100_000, 100, false],
];

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * A whole backtest against the bare loop that does the same trades: turn by turn in one process, so that both see the same machine.
 * @throws Error when the two do not agree on what they computed
 */
function measure(name: string, count: number, rounds: number, checked: boolean): BenchCase {
  const candles = generatedCandles(count);
  const input = checked ? checkedCandles(candles, spec.timeframe) : candles;
  const [result, bare] = [runBacktest(input, spec), bareLoop(candles)];
  if (result.trades.length !== bare.trades || Math.abs(result.finalCapital / bare.finalEquity - 1) > 1e-9)
    throw new Error(`${name}: the backtest ends at ${result.finalCapital}, the bare loop at ${bare.finalEquity}`);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = -Math.ceil(rounds / 5); round < rounds; round++) {
    const times = [timed(() => runBacktest(input, spec)), timed(() => bareLoop(candles))] as const;
    if (round < 0) continue;
    ours.push(times[0]);
    theirs.push(times[1]);
  }
  const rate = (ms: number): number => count / ms / 1_000;
  return {
    case: name,
    unit: 'M candles/s',
    median: rate(median(ours)),
    min: rate(Math.max(...ours)),
    max: rate(Math.min(...ours)),
    // Of neighbouring rounds, which saw the same load of the machine.
    ratio: median(theirs.map((time, round) => time / ours[round])),
    yardstick: `bare loop ${rate(median(theirs)).toFixed(1)} M candles/s`,
  };
}

/** Single runs of a built-in strategy at three sizes; the last one with everything that a run on unknown candles does. */
export async function backtestBench(): Promise<BenchReport> {
  return { name: 'backtest', cases: sizes.map((size) => measure(...size)) };
}
