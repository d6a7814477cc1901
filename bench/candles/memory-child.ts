// A process of its own: peaks are of the whole process, and never go down. Run by Node's own type stripping.
import { runBacktest } from '../../src/trading/backtest.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { generatedCandles } from '../support/candles.ts';
import { memoryCandles } from './memory.ts';

const spec = { strategy: 'ema-rsi', timeframe: 'H1', stopLossPercent: 2, takeProfitPercent: 4 } as const;
// The code is there and warm before the counting begins.
runBacktest(checkedCandles(generatedCandles(1_000), 'H1'), spec);
const before = process.memoryUsage.rss();
runBacktest(checkedCandles(generatedCandles(memoryCandles), 'H1'), spec);
process.send?.(process.resourceUsage().maxRSS * 1024 - before);
process.disconnect?.();
