import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BacktestOutcome, BacktestTaskInput } from '../../../../src/services/backtests/backtest-task.ts';
import { taskModule } from '../../../../src/services/jobs/task.ts';
import { ThreadPool } from '../../../../src/services/jobs/thread-pool.ts';
import { loadPlugins, type Plugins } from '../../../../src/services/strategies/plugins/plugins.ts';
import { threadModule } from '../../../../src/services/strategies/thread-definition.ts';
import { runBacktest } from '../../../../src/trading/backtest.ts';
import { lookAheadReport } from '../../../../src/trading/look-ahead.ts';
import { bindStrategy } from '../../../../src/trading/strategy.ts';
import { candlesOf, plain, type Row } from '../../../trading/support/builders.ts';
import { replay } from '../../../trading/support/replay.ts';
import { pluginFolder } from './support.ts';

/** Long waves with small ones on them: trends, and dips within trends. */
const close = (i: number): number => 100 + i / 100 + 15 * Math.sin(i / 90) + 2.5 * Math.sin(i / 4) + 1.2 * Math.sin(i * 1.7);
const candles = candlesOf(
  Array.from({ length: 3_000 }, (_, i): Row => {
    const [open, end] = [close(i - 1), close(i)];
    return [open, Math.max(open, end) + 0.4, Math.min(open, end) - 0.4, end];
  }),
);
const task = taskModule<BacktestTaskInput, BacktestOutcome>('../../../../src/services/backtests/backtest-task', import.meta.url);

describe.each(['efficient-trend', 'dip-buyer'])('the example %s', (name) => {
  let plugins: Plugins;
  beforeAll(async () => {
    plugins = await loadPlugins(resolve('examples/strategies'), true);
  });

  it('is loaded, and passes the look-ahead check', () => {
    expect(plugins.problems).toEqual([]);
    const { definition } = plugins.get(name);
    expect(lookAheadReport(bindStrategy(definition, {}), candles)).toMatchObject({ passed: true, differences: [] });
  });

  it('trades the same in this thread, in a worker thread, and candle by candle as a bot', async () => {
    const { definition, ...place } = plugins.get(name);
    const spec = { ...plain, marketType: 'FUTURES', strategy: definition } as const;
    const here = runBacktest(candles, spec);
    expect(here.trades.length).toBeGreaterThan(8);
    const pool = new ThreadPool({ size: 1, memoryMb: 256, columnsMb: 256, deadlineMs: 100_000 });
    try {
      const there = await pool.run(task, {
        markets: [{ symbol: 'TEST', candles }],
        spec: { ...plain, marketType: 'FUTURES', strategy: name },
        source: { module: threadModule, strategy: { kind: 'PLUGIN', plugin: { ...place } } },
      });
      expect(there.resultHash).toBe(here.resultHash);
    } finally {
      await pool.close();
    }
    const { trades } = replay(candles, spec);
    expect(trades.map(({ entryTime, exitTime, pnl }) => [entryTime, exitTime, pnl])).toEqual(
      here.trades.map(({ entryTime, exitTime, pnl }) => [entryTime, exitTime, pnl]),
    );
  });
});

it('the plugin in the guide is loaded, trades and passes the look-ahead check', async () => {
  const [, source = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/guides/strategies.md', 'utf8')) ?? [];
  const { problems, loaded } = await loadPlugins(pluginFolder({ 'above-average.mjs': source }));
  expect(problems).toEqual([]);
  const [{ definition }] = loaded;
  expect(runBacktest(candles, { ...plain, strategy: definition }).trades.length).toBeGreaterThan(5);
  expect(lookAheadReport(bindStrategy(definition, {}), candles)).toMatchObject({ passed: true });
});
