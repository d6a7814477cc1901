import { runBacktest } from '../../src/trading/backtest.ts';
import type { BacktestResult, BacktestSpec } from '../../src/trading/backtest-types.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { bareLoop } from '../support/bare-loop.ts';
import { compileRules, readRules } from '../../src/trading/rules/index.ts';
import { generatedCandles } from '../support/candles.ts';
import type { BenchCase, BenchReport } from '../support/report.ts';
import { contest } from '../support/rounds.ts';

const builtIn: BacktestSpec = {
  strategy: 'ema-rsi',
  timeframe: 'H1',
  stopLossPercent: 2,
  takeProfitPercent: 4,
  stopAnchor: 'SIGNAL_CLOSE',
  targetGap: 'OPEN',
};

const ema = (period: number): object => ({ indicator: { name: 'EMA', parameters: { period } } });
const rsi = { indicator: { name: 'RSI', parameters: { period: 14 } } };
const pair = { left: ema(9), right: ema(21) };
/** The long side of `ema-rsi`, said in rules. */
const rules = compileRules(
  readRules({
    enterLong: { all: [{ crossesAbove: pair }, { below: { left: rsi, right: { constant: 70 } } }] },
    exitLong: { any: [{ crossesBelow: pair }, { above: { left: rsi, right: { constant: 80 } } }] },
  }),
);

/** Rounds: enough of the short runs for the engine to have compiled them all. `checked`: the candles were looked through and fingerprinted once, when they were loaded, as the product does it. */
const sizes: readonly (readonly [name: string, candles: number, rounds: number, checked: boolean])[] = [
  ['built-in 10k', 10_000, 2_000, true],
  ['built-in 100k', 100_000, 100, true],
  ['built-in 1M', 1_000_000, 20, true],
  ['built-in 100k, check and fingerprint included', 100_000, 100, false],
];

/** Reads what a result makes only when it is read, as storing it does. */
function everythingOf({ equity, trades, daily, monthly, resultHash }: BacktestResult): unknown {
  return [equity, trades, daily, monthly, resultHash];
}

/**
 * A whole backtest against the bare loop that does the same trades.
 * @throws Error when the two do not agree on what they computed
 */
function measure(
  name: string,
  count: number,
  rounds: number,
  checked: boolean,
  spec: BacktestSpec = builtIn,
): Promise<BenchCase> {
  const candles = generatedCandles(count);
  const input = checked ? checkedCandles(candles, spec.timeframe) : candles;
  const [result, bare] = [runBacktest(input, spec), bareLoop(candles)];
  if (result.trades.length !== bare.trades || Math.abs(result.finalCapital / bare.finalEquity - 1) > 1e-9)
    throw new Error(`${name}: the backtest ends at ${result.finalCapital}, the bare loop at ${bare.finalEquity}`);
  return contest({
    name,
    candles: count,
    rounds,
    ours: () => everythingOf(runBacktest(input, spec)),
    theirs: () => bareLoop(candles),
    yardstick: 'bare loop',
  });
}

/** Single runs of a built-in strategy at three sizes, one with everything that a run on unknown candles does, and the same strategy as rules. */
export async function backtestBench(): Promise<BenchReport> {
  const cases: BenchCase[] = [];
  for (const size of sizes) cases.push(await measure(...size));
  for (const [name, count, rounds] of [
    ['rules 10k', 10_000, 2_000],
    ['rules 100k', 100_000, 100],
    ['rules 1M', 1_000_000, 20],
  ] as const)
    cases.push(await measure(name, count, rounds, true, { ...builtIn, strategy: rules }));
  return { name: 'backtest', cases };
}
