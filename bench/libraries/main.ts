import { DataFrame } from 'data-forge';
import { analyze, backtest, type IBar } from 'grademark';
import * as technical from 'technicalindicators';
import { EMA, RSI } from 'trading-signals';
import { runBacktest } from '../../src/trading/backtest.ts';
import type { BacktestSpec } from '../../src/trading/backtest-types.ts';
import type { Candles } from '../../src/trading/candle.ts';
import { checkedCandles } from '../../src/trading/checked-candles.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import { ema } from '../../src/trading/indicators/ema.ts';
import { rsi } from '../../src/trading/indicators/rsi.ts';
import { generatedCandles } from '../support/candles.ts';
import type { BenchReport } from '../support/report.ts';
import { contest } from '../support/rounds.ts';

const indicators = { fast: ema(9), slow: ema(21), strength: rsi(14) };

function ourIndicators(candles: Candles): Record<string, Float64Array> {
  const cache = new ColumnCache(candles);
  const columns = cache.columns(indicators);
  cache.release();
  return columns;
}

function tradingSignals({ close }: Candles): number {
  const [fast, slow, strength] = [new EMA(9), new EMA(21), new RSI(14)];
  let last = 0;
  for (const price of close) {
    fast.add(price);
    slow.add(price);
    strength.add(price);
    if (strength.isStable) last = strength.getResultOrThrow();
  }
  return last;
}

function technicalIndicators({ close }: Candles): number {
  const values = [...close];
  technical.EMA.calculate({ period: 9, values });
  technical.EMA.calculate({ period: 21, values });
  return technical.RSI.calculate({ period: 14, values }).length;
}

const spec: BacktestSpec = {
  strategy: 'ema-rsi',
  parameters: { rsiExit: null },
  timeframe: 'H1',
  feePercent: 0,
  stopLossPercent: 2,
  takeProfitPercent: 4,
};

interface Bar extends IBar {
  fast: number;
  slow: number;
  strength: number;
  crossed: number;
}

/** The same strategy for grademark, which knows neither fees nor sizes: indicator columns come from us, it does the trading and the analysis. */
function grademark(candles: Candles): number {
  const { fast, slow, strength } = ourIndicators(candles);
  const bars: Bar[] = Array.from(candles.close, (close, i) => ({
    time: new Date(candles.openTime[i]),
    open: candles.open[i],
    high: candles.high[i],
    low: candles.low[i],
    close,
    volume: candles.volume[i],
    fast: fast[i],
    slow: slow[i],
    strength: strength[i],
    crossed: fast[i] > slow[i] && fast[i - 1] < slow[i - 1] ? 1 : fast[i] < slow[i] && fast[i - 1] > slow[i - 1] ? -1 : 0,
  }));
  const trades = backtest<Bar, Bar, object, number>(
    {
      entryRule: (enter, { bar }) => {
        if (bar.crossed > 0 && bar.strength < 70) enter();
      },
      exitRule: (exit, { bar }) => {
        if (bar.crossed < 0) exit();
      },
      stopLoss: ({ entryPrice }) => entryPrice * 0.02,
      profitTarget: ({ entryPrice }) => entryPrice * 0.04,
    },
    new DataFrame<number, Bar>(bars),
  );
  return analyze(10_000, trades).totalTrades;
}

/** What npm has for the same work, where it does the same work: indicators, and a whole backtest. */
export async function librariesBench(): Promise<BenchReport> {
  const [large, small] = [generatedCandles(100_000), generatedCandles(10_000)];
  const input = checkedCandles(small, spec.timeframe);
  const ours = (): unknown => ourIndicators(large);
  const common = { name: 'EMA 9, EMA 21, RSI 14 over 100k', candles: 100_000, rounds: 20, ours };
  return {
    name: 'libraries',
    cases: [
      await contest({ ...common, theirs: () => tradingSignals(large), yardstick: 'trading-signals' }),
      await contest({ ...common, theirs: () => technicalIndicators(large), yardstick: 'technicalindicators' }),
      await contest({
        name: 'backtest over 10k',
        candles: 10_000,
        rounds: 10,
        ours: () => runBacktest(input, spec),
        theirs: () => grademark(small),
        yardstick: 'grademark',
      }),
    ],
  };
}
