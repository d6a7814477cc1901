import * as fc from 'fast-check';
import { EMA, RSI, SMA } from 'trading-signals';
import { describe, expect, it } from 'vitest';
import type { Candles } from '../../src/trading/candle.ts';
import { ColumnCache } from '../../src/trading/indicators/columns.ts';
import { ema } from '../../src/trading/indicators/ema.ts';
import { columnOf, type Indicator } from '../../src/trading/indicators/indicator.ts';
import { rsi } from '../../src/trading/indicators/rsi.ts';
import { sma } from '../../src/trading/indicators/sma.ts';
import { candleAt, CandleSeries } from '../../src/trading/series.ts';
import { closesOf } from './support/builders.ts';
import { randomCandles } from './support/random-candles.ts';

const kinds: readonly (readonly [name: string, make: (period: number) => Indicator, theirs: (period: number) => Peer])[] = [
  ['SMA', sma, (period) => new SMA(period)],
  ['EMA', ema, (period) => new EMA(period)],
  ['RSI', rsi, (period) => new RSI(period)],
];

interface Peer {
  update(value: number, replace: boolean): unknown;
  getResult(): number | null;
}

function streamed(indicator: Indicator, candles: Candles): number[] {
  const stream = indicator.stream();
  return Array.from(candles.openTime, (_, index) => stream.next(candles, index));
}

describe.each(kinds)('%s', (name, make, theirs) => {
  it('gives bit for bit the same one candle at a time as all at once', () => {
    fc.assert(
      fc.property(randomCandles({ minLength: 0, maxLength: 120 }), fc.integer({ min: 1, max: 40 }), (candles, period) => {
        const indicator = make(period);
        expect(streamed(indicator, candles)).toEqual([...columnOf(indicator, candles)]);
      }),
    );
  });

  it('stays the same over a long series', () => {
    const candles = closesOf(Array.from({ length: 3_000 }, (_, i) => 100 + 20 * Math.sin(i / 40) + 3 * Math.sin(i * i)));
    expect(streamed(make(14), candles)).toEqual([...columnOf(make(14), candles)]);
  });

  it('knows nothing of the candles to come', () => {
    fc.assert(
      fc.property(
        randomCandles({ minLength: 2, maxLength: 80 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(80),
        (candles, period, cut) => {
          const shorter = closesOf([...candles.close].slice(0, cut));
          expect([...columnOf(make(period), closesOf([...candles.close]))].slice(0, shorter.close.length)).toEqual([
            ...columnOf(make(period), shorter),
          ]);
        },
      ),
    );
  });

  it('has its first value where its warm-up says', () => {
    const candles = closesOf(Array.from({ length: 60 }, (_, i) => 100 + Math.sin(i)));
    for (const period of [1, 2, 14, 59, 60, 61]) {
      const values = [...columnOf(make(period), candles)];
      const first = values.findIndex((value) => !Number.isNaN(value));
      expect(first).toBe(make(period).warmUp < 60 ? make(period).warmUp : -1);
    }
  });

  it('agrees with an independent library', () => {
    const closes = Array.from({ length: 6_000 }, (_, i) => 100 + 20 * Math.sin(i / 40) + 3 * Math.sin(i * i));
    for (const period of [2, 9, 14, 21, 200]) {
      const values = columnOf(make(period), closesOf(closes));
      const peer = theirs(period);
      // Its EMA starts at the first price; both have forgotten their start after twenty periods.
      const from = name === 'EMA' ? 20 * period : make(period).warmUp;
      const worst = closes.reduce((most, close, i) => {
        peer.update(close, false);
        return i < from ? most : Math.max(most, Math.abs(values[i] / (peer.getResult() ?? Number.NaN) - 1));
      }, 0);
      expect(worst).toBeLessThan(1e-10);
    }
  });

  it('is named by its parameters', () => {
    expect([make(9).key]).toEqual([`${name}(9)`]);
  });

  it.each([0, -1, 2.5, Number.NaN, Infinity, 1e9])('refuses the period %s', (period) => {
    expect(() => make(period)).toThrow(`the period ${period} of ${name} must be a whole number from 1 to 100000`);
  });
});

describe('indicators on particular series', () => {
  it('RSI: 50 without any change, 100 without a loss, 0 without a gain', () => {
    const last = (closes: number[]): number => columnOf(rsi(3), closesOf(closes))[closes.length - 1];
    expect([last([5, 5, 5, 5, 5]), last([1, 2, 3, 4, 5]), last([5, 4, 3, 2, 1])]).toEqual([50, 100, 0]);
  });

  it('RSI(14) has the value of the textbook series', () => {
    // StockCharts, ChartSchool, "Relative Strength Index": the first values of its table are 70.53 and 66.32.
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614, 46.282,
      46.282, 46.0028,
    ];
    const values = columnOf(rsi(14), closesOf(closes));
    expect([values[14].toFixed(2), values[15].toFixed(2)]).toEqual(['70.53', '66.32']);
  });

  it('EMA starts with the mean of its first values and then follows by 2/(p + 1)', () => {
    const values = columnOf(ema(3), closesOf([1, 2, 6, 7, 3]));
    expect([...values.subarray(2)]).toEqual([3, 5, 4]);
  });

  it('SMA does not drift after an absurd price has left its window', () => {
    const closes = [1, 2, 3, 1e17, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const values = columnOf(sma(3), closesOf(closes));
    expect(values[12]).toBe(8);
  });

  it('other columns than the close can be averaged', () => {
    const candles = closesOf([1, 2, 3, 4]);
    expect([sma(2, 'high').key, [...columnOf(sma(2, 'high'), candles)].slice(1)]).toEqual(['SMA(high,2)', [1.5, 2.5, 3.5]]);
  });
});

describe('columns', () => {
  it('computed in pairs are the same as computed alone', () => {
    fc.assert(
      fc.property(
        randomCandles({ minLength: 0, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }),
        (candles, periods) => {
          const indicators = Object.fromEntries(
            periods.flatMap((p) => [
              [`e${p}`, ema(p)],
              [`h${p}`, ema(p, 'high')],
              [`r${p}`, rsi(p)],
            ]),
          );
          const columns = new ColumnCache(candles).columns(indicators);
          for (const [name, indicator] of Object.entries(indicators))
            expect([...columns[name]]).toEqual([...columnOf(indicator, candles)]);
        },
      ),
    );
  });

  it('are computed once for equal keys, and anew after they were released', () => {
    const cache = new ColumnCache(closesOf([1, 2, 3]));
    const { a, b } = cache.columns({ a: ema(2), b: ema(2) });
    expect(a).toBe(b);
    expect(cache.columns({ c: ema(2) }).c).toBe(a);
    cache.release();
    expect([...cache.columns({ d: sma(2) }).d]).toEqual([Number.NaN, 1.5, 2.5]);
  });

  it('of a moving window are those of the whole series', () => {
    const closes = Array.from({ length: 5_000 }, (_, i) => 100 + Math.sin(i / 7) * 10 + (i % 13));
    const candles = closesOf(closes);
    const whole = columnOf(ema(21), candles);
    const series = new CandleSeries({ ema: ema(21) }, 1);
    for (let i = 0; i < closes.length; i++) {
      const place = series.append(candleAt(candles, i));
      expect([series.columns.ema[place], series.candles.close[place]]).toEqual([whole[i], closes[i]]);
    }
    expect(series.candles.close.length).toBeLessThan(2_000);
  });
});
