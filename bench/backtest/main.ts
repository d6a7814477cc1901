import { runBacktest } from '../../src/trading/backtest.ts';
import type { BacktestSpec } from '../../src/trading/backtest-types.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { bareLoop } from '../support/bare-loop.ts';
import { generatedCandles } from '../support/candles.ts';
import type { BenchCase, BenchReport } from '../support/report.ts';
import { contest } from '../support/rounds.ts';

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

/**
 * A whole backtest against the bare loop that does the same trades.
 * @throws Error when the two do not agree on what they computed
 */
function measure(name: string, count: number, rounds: number, checked: boolean): Promise<BenchCase> {
  const candles = generatedCandles(count);
  const input = checked ? checkedCandles(candles, spec.timeframe) : candles;
  const [result, bare] = [runBacktest(input, spec), bareLoop(candles)];
  if (result.trades.length !== bare.trades || Math.abs(result.finalCapital / bare.finalEquity - 1) > 1e-9)
    throw new Error(`${name}: the backtest ends at ${result.finalCapital}, the bare loop at ${bare.finalEquity}`);
  return contest({
    name,
    candles: count,
    rounds,
    ours: () => runBacktest(input, spec),
    theirs: () => bareLoop(candles),
    yardstick: 'bare loop',
  });
}

/** Single runs of a built-in strategy at three sizes; the last one with everything that a run on unknown candles does. */
export async function backtestBench(): Promise<BenchReport> {
  const cases: BenchCase[] = [];
  for (const size of sizes) cases.push(await measure(...size));
  return { name: 'backtest', cases };
}
