// A process of its own: peaks are of the whole process, and never go down. Run by Node's own type stripping.
import { readFileSync } from 'node:fs';
import { runBacktest } from '../../src/trading/backtest.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { generatedCandles } from '../support/candles.ts';

/** Bytes. What Linux answers to `getrusage` begins with the peak of the parent, before this program was loaded. */
function peakRss(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib) * 1024;
}

const spec = { strategy: 'ema-rsi', timeframe: 'H1', stopLossPercent: 2, takeProfitPercent: 4 } as const;
const run = (count: number): unknown => runBacktest(checkedCandles(generatedCandles(count), 'H1'), spec);
// The code is there and warm before the counting begins.
run(1_000);
const before = process.memoryUsage.rss();
run(Number(process.argv[2]));
process.send?.(peakRss() - before);
process.disconnect?.();
