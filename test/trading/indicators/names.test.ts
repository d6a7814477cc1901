import { describe, expect, it } from 'vitest';
import { adx } from '../../../src/trading/indicators/adx.ts';
import { atr } from '../../../src/trading/indicators/atr.ts';
import { bollinger } from '../../../src/trading/indicators/bollinger.ts';
import { indicatorKinds, indicatorNamed } from '../../../src/trading/indicators/catalog.ts';
import { cci } from '../../../src/trading/indicators/cci.ts';
import { donchian } from '../../../src/trading/indicators/donchian.ts';
import { ColumnCache } from '../../../src/trading/indicators/columns.ts';
import { ema } from '../../../src/trading/indicators/ema.ts';
import { keltner } from '../../../src/trading/indicators/keltner.ts';
import { macd } from '../../../src/trading/indicators/macd.ts';
import { mfi } from '../../../src/trading/indicators/mfi.ts';
import { psar } from '../../../src/trading/indicators/psar.ts';
import { roc } from '../../../src/trading/indicators/roc.ts';
import { rsi } from '../../../src/trading/indicators/rsi.ts';
import { sma } from '../../../src/trading/indicators/sma.ts';
import { stochastic } from '../../../src/trading/indicators/stochastic.ts';
import { supertrend } from '../../../src/trading/indicators/supertrend.ts';
import { vwap } from '../../../src/trading/indicators/vwap.ts';
import { williamsR } from '../../../src/trading/indicators/williams-r.ts';
import { columnOf } from '../../../src/trading/indicators/indicator.ts';
import { wma } from '../../../src/trading/indicators/wma.ts';
import { candlesOf, closesOf, type Row } from '../support/builders.ts';

describe('the keys of indicators', () => {
  it('are what charts and caches know them by', () => {
    const keys = indicatorKinds.flatMap((kind) => [
      ...kind.outputs.map((output) => indicatorNamed({ name: kind.name, output }).key),
      ...(kind.sourced ? [indicatorNamed({ name: kind.name, source: 'high' }).key] : []),
    ]);
    expect(keys).toEqual([
      'SMA(20)',
      'SMA(high,20)',
      'EMA(20)',
      'EMA(high,20)',
      'WMA(20)',
      'WMA(high,20)',
      'RSI(14)',
      'RSI(high,14)',
      'MACD(12,26,9).macd',
      'MACD(12,26,9).signal',
      'MACD(12,26,9).histogram',
      'MACD(high,12,26,9).macd',
      ...['upper', 'middle', 'lower', 'bandwidth', 'percentB'].map((line) => `BOLLINGER(20,2).${line}`),
      'BOLLINGER(high,20,2).upper',
      'ATR(14)',
      'ADX(14).adx',
      'ADX(14).plusDi',
      'ADX(14).minusDi',
      'STOCHASTIC(14,3,3).k',
      'STOCHASTIC(14,3,3).d',
      'CCI(20)',
      'OBV()',
      'VWAP(day)',
      'DONCHIAN(20).upper',
      'DONCHIAN(20).middle',
      'DONCHIAN(20).lower',
      ...['upper', 'middle', 'lower'].map((line) => `KELTNER(20,2,10).${line}`),
      'SUPERTREND(10,3).line',
      'SUPERTREND(10,3).direction',
      'ROC(10)',
      'ROC(high,10)',
      'WILLIAMS_R(14)',
      'MFI(14)',
      'PSAR(0.02,0.2)',
    ]);
  });
});

const lines = { kPeriod: 14, kSmoothing: 3, dPeriod: 3 };
const channel = { period: 20, multiplier: 2, atrPeriod: 10 };
const averages = { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 };
const whole = 'must be a whole number from 1 to 100000';
const some = 'must be a number above 0 and at most 1000';

describe('an indicator that cannot be says which one and why', () => {
  it.each<readonly [message: string, field: string, create: () => unknown]>([
    [`the period 0 of SMA ${whole}`, 'period', () => sma(0)],
    [`the period 1.5 of EMA ${whole}`, 'period', () => ema(1.5)],
    [`the period -1 of WMA ${whole}`, 'period', () => wma(-1)],
    [`the period 100001 of RSI ${whole}`, 'period', () => rsi(100_001)],
    [`the period 0 of ROC ${whole}`, 'period', () => roc(0)],
    [`the period 0 of ATR ${whole}`, 'period', () => atr(0)],
    [`the period 0 of ADX ${whole}`, 'period', () => adx(0, 'adx')],
    [`the period 0 of CCI ${whole}`, 'period', () => cci(0)],
    [`the period 0 of MFI ${whole}`, 'period', () => mfi(0)],
    [`the period 0 of VWAP ${whole}`, 'period', () => vwap(0)],
    [`the period 0 of DONCHIAN ${whole}`, 'period', () => donchian(0, 'upper')],
    [`the period 0 of WILLIAMS_R ${whole}`, 'period', () => williamsR(0)],
    [`the fastPeriod 0 of MACD ${whole}`, 'fastPeriod', () => macd({ ...averages, fastPeriod: 0 }, 'macd')],
    [`the slowPeriod 0.5 of MACD ${whole}`, 'slowPeriod', () => macd({ ...averages, slowPeriod: 0.5 }, 'macd')],
    [`the signalPeriod 0 of MACD ${whole}`, 'signalPeriod', () => macd({ ...averages, signalPeriod: 0 }, 'macd')],
    [`the kPeriod 0 of STOCHASTIC ${whole}`, 'kPeriod', () => stochastic({ ...lines, kPeriod: 0 }, 'k')],
    [`the kSmoothing 0 of STOCHASTIC ${whole}`, 'kSmoothing', () => stochastic({ ...lines, kSmoothing: 0 }, 'k')],
    [`the dPeriod 0 of STOCHASTIC ${whole}`, 'dPeriod', () => stochastic({ ...lines, dPeriod: 0 }, 'k')],
    [`the period 0 of BOLLINGER ${whole}`, 'period', () => bollinger({ period: 0, deviations: 2 }, 'upper')],
    [`the deviations 0 of BOLLINGER ${some}`, 'deviations', () => bollinger({ period: 9, deviations: 0 }, 'upper')],
    [`the period 0 of KELTNER ${whole}`, 'period', () => keltner({ ...channel, period: 0 }, 'upper')],
    [`the atrPeriod 0 of KELTNER ${whole}`, 'atrPeriod', () => keltner({ ...channel, atrPeriod: 0 }, 'upper')],
    [`the multiplier 1001 of KELTNER ${some}`, 'multiplier', () => keltner({ ...channel, multiplier: 1_001 }, 'upper')],
    [`the period 0 of SUPERTREND ${whole}`, 'period', () => supertrend({ period: 0, multiplier: 3 }, 'line')],
    [`the multiplier -3 of SUPERTREND ${some}`, 'multiplier', () => supertrend({ period: 9, multiplier: -3 }, 'line')],
    [`the step 0 of PSAR ${some}`, 'step', () => psar({ step: 0, maximum: 0.2 })],
    [`the maximum NaN of PSAR ${some}`, 'maximum', () => psar({ step: 0.02, maximum: Number.NaN })],
  ])('%s', (message, field, create) => {
    expect(create).toThrow(expect.objectContaining({ path: [field], message }));
  });
});

describe('directions', () => {
  it('that move as far up as down have none', () => {
    const growing = candlesOf(Array.from({ length: 40 }, (_, i): Row => [100, 101 + i, 99 - i, 100]));
    expect(columnOf(adx(5, 'plusDi'), growing).subarray(5)).toEqual(new Float64Array(35));
    expect(columnOf(adx(5, 'minusDi'), growing).subarray(5)).toEqual(new Float64Array(35));
  });

  it('that shrink on both sides have none', () => {
    const shrinking = candlesOf(Array.from({ length: 40 }, (_, i): Row => [100, 150 - i, 50 + i, 100]));
    expect(columnOf(adx(5, 'plusDi'), shrinking).subarray(5)).toEqual(new Float64Array(35));
    expect(columnOf(adx(5, 'minusDi'), shrinking).subarray(5)).toEqual(new Float64Array(35));
  });

  it('are the first line of ADX, as the upper one is of channels', () => {
    const candles = closesOf(Array.from({ length: 80 }, (_, i) => 100 + Math.sin(i / 5) * 20));
    expect(adx(5).key).toBe('ADX(5).adx');
    expect(donchian(5).key).toBe('DONCHIAN(5).upper');
    expect(keltner(channel).key).toBe('KELTNER(20,2,10).upper');
    expect(columnOf(adx(5), candles)).toEqual(columnOf(adx(5, 'adx'), candles));
    expect(columnOf(donchian(5), candles)).toEqual(columnOf(donchian(5, 'upper'), candles));
  });
});

describe('columns that a search shares', () => {
  const closes = Array.from({ length: 50 }, (_, i) => 100 + (i % 7));
  const candles = closesOf(closes);
  const others = closesOf(closes.map((close) => close * 2));

  it('are computed once, and anew once they were released', () => {
    const cache = new ColumnCache(candles);
    const first = cache.columns({ a: sma(5), b: sma(5) });
    expect(first.a).toBe(first.b);
    expect(cache.columns({ c: sma(5) }).c).toBe(first.a);
    cache.release();
    const [x, y] = [new ColumnCache(others), new ColumnCache(others)];
    const taken = [x.columns({ a: ema(3), b: sma(9) }), y.columns({ a: sma(5) })];
    expect(cache.columns({ a: sma(5) }).a).toEqual(columnOf(sma(5), candles));
    expect(taken.map(({ a }) => a)).toEqual([columnOf(ema(3), others), columnOf(sma(5), others)]);
  });

  it('have one calendar for all runs', () => {
    const cache = new ColumnCache(candles);
    expect([...cache.calendar.days.end]).toEqual([23, 47, 49]);
    expect([...cache.calendar.months.end]).toEqual([49]);
    expect(cache.calendar).toBe(cache.calendar);
  });
});
