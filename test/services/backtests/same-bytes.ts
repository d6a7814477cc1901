// Also a program of its own, run by Node's own type stripping: erasable syntax, nothing but the core imported.
import { type BacktestTaskInput, run } from '../../../src/services/backtests/backtest-task.ts';
import { candlesOf } from '../../../src/trading/series.ts';

const candles = (count: number, speed: number) => {
  let close = 100;
  return candlesOf(
    Array.from({ length: count }, (_, i) => {
      const open = close;
      close = 100 + 10 * Math.sin(i / speed) + 3 * Math.sin(i / 2.3);
      const openTime = Date.UTC(2024, 0, 1) + i * 3_600_000;
      return { openTime, open, high: Math.max(open, close) + 0.5, low: Math.min(open, close) - 0.5, close, volume: 10 };
    }),
  );
};

const markets = [
  { symbol: 'A/USDT', candles: candles(900, 9) },
  { symbol: 'B/USDT', candles: candles(700, 13) },
];
const spec = { strategy: 'ema-rsi', timeframe: 'H1', stopLossPercent: 2, positionSizePercent: 40 } as const;

/** Everything that runs over one market and over two bring, to the last digit. */
export async function everyByte(): Promise<string> {
  const inputs: BacktestTaskInput[] = [
    { markets: markets.slice(0, 1), spec },
    { markets, spec, maxOpenPositions: 1 },
  ];
  const outcomes = [];
  for (const input of inputs) outcomes.push((await run(input, () => {})).value);
  return JSON.stringify(outcomes, (_, value: unknown) => (ArrayBuffer.isView(value) ? bytesOf(value) : value));
}

function bytesOf(value: ArrayBufferView): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
}

if (process.argv[2] === 'print') process.stdout.write(await everyByte());
