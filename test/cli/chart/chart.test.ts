import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backtestChart, type ChartData } from '../../../src/cli/chart/backtest-chart.ts';
import { drawdowns, visibleIndices } from '../../../src/cli/chart/series.ts';
import { niceTicks, numberLabel, timeTicks } from '../../../src/cli/chart/ticks.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);

describe('ticks of a number axis', () => {
  it.each([
    [0, 100, 5, [0, 20, 40, 60, 80, 100]],
    [-23, 0, 2, [-20, 0]],
    [9_400, 10_600, 4, [9_500, 10_000, 10_500]],
    [0.000121, 0.000139, 4, [0.000125, 0.00013, 0.000135]],
    [5, 5, 4, [5]],
    [1e12, 1e12 + 0.000122, 5, [1e12]],
  ])('from %d to %d', (min, max, count, expected) => {
    expect(niceTicks(min, max, count).map((tick) => Number(tick.toPrecision(12)))).toEqual(expected);
  });

  it('stay within the range and few, whatever the range', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
        (min, size) => {
          const max = min + size;
          const ticks = niceTicks(min, max, 5);
          expect(ticks.length).toBeLessThanOrEqual(7);
          for (const tick of ticks) expect(tick).toBeGreaterThanOrEqual(min - size * 1e-6);
          for (const tick of ticks) expect(tick).toBeLessThanOrEqual(max + size * 1e-6);
        },
      ),
    );
  });

  it.each([
    [27_500, 2_500, '27,500'],
    [0.000125, 0.000005, '0.000125'],
    [7.5, 2.5, '7.5'],
    [-0, 10, '0'],
    [1, 0.25, '1.00'],
  ])('are labelled: %d by %d is %s', (value, step, label) => {
    expect(numberLabel(value, step)).toBe(label);
  });
});

describe('ticks of a time axis', () => {
  it.each([
    [
      'hours name the day once',
      '2024-03-01T20:30',
      '2024-03-02T03:30',
      ['1 Mar 2024 21:00', '22:00', '23:00', '2 Mar 00:00', '01:00', '02:00', '03:00'],
    ],
    ['days', '2024-12-29T05:00', '2025-01-03T05:00', ['30 Dec 2024', '31 Dec', '1 Jan 2025', '2 Jan', '3 Jan']],
    ['months name the year once', '2023-11-15T00:00', '2024-03-15T00:00', ['Dec 2023', 'Jan 2024', 'Feb', 'Mar']],
    ['years', '2015-06-01T00:00', '2024-06-01T00:00', ['Jan 2016', 'Jan 2018', 'Jan 2020', 'Jan 2022', 'Jan 2024']],
  ])('%s', (_name, from, to, labels) => {
    expect(timeTicks(utc(from), utc(to), 7).map(({ label }) => label)).toEqual(labels);
  });
});

describe('a thinned line', () => {
  it('keeps every point when there are few', () => {
    expect(visibleIndices([3, 1, 2], 100)).toEqual([0, 1, 2]);
  });

  it('keeps ends, highest and lowest, in order, in few points', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 50, maxLength: 2_000 }), (values) => {
        const kept = visibleIndices(values, 10);
        expect(kept.length).toBeLessThanOrEqual(Math.max(40, 40));
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        expect(kept[0]).toBe(0);
        expect(kept.at(-1)).toBe(values.length - 1);
        const shown = kept.map((i) => values[i]);
        expect(Math.max(...shown)).toBe(Math.max(...values));
        expect(Math.min(...shown)).toBe(Math.min(...values));
      }),
    );
  });
});

it('measures drawdown from the highest value so far, the start included', () => {
  expect([...drawdowns([75, 120, 60, 120], 100)]).toEqual([-25, 0, -50, 0]);
});

describe('a chart', () => {
  const hour = 3_600_000;
  const data = (changes: Partial<ChartData> = {}): ChartData => ({
    title: 'ema-rsi on BTC/USDT, 1h',
    subtitle: 'two trades',
    times: [0, 1, 2, 3].map((i) => utc('2024-01-01T00:00') + i * hour),
    close: [100, 110, 105, 120],
    equity: [10_000, 10_500, 10_200, 11_000],
    initialCapital: 10_000,
    trades: [
      {
        side: 'LONG',
        entryTime: utc('2024-01-01T00:00'),
        entryPrice: 100,
        exitTime: utc('2024-01-01T01:00'),
        exitPrice: 110,
        pnl: 500,
      },
      { side: 'LONG', entryTime: utc('2024-01-01T02:00'), entryPrice: 105, pnl: 800 },
    ],
    ...changes,
  });

  it('names its parts and marks what is in it', () => {
    const svg = backtestChart(data());
    for (const text of [
      'ema-rsi on BTC/USDT, 1h',
      'two trades',
      'Price and trades',
      'Equity',
      'Drawdown',
      'buy and hold',
      'entry',
      'exit with profit',
    ])
      expect(svg).toContain(`>${text}<`);
    // Two entries, one exit, and the three triangles of the legend.
    expect(svg.match(/<path d="M[\d.,-]+L[\d.,-]+L[\d.,-]+Z"/g)).toHaveLength(6);
  });

  it('escapes what users name', () => {
    const svg = backtestChart(data({ title: '<script>alert("1")</script> & \u0000co' }));
    expect(svg).not.toContain('<script>');
    expect(svg).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; co');
  });

  it.each<[string, Partial<ChartData>]>([
    ['no trades', { trades: [] }],
    ['one candle', { times: [0], close: [1], equity: [1], trades: [] }],
    ['no candle', { times: [], close: [], equity: [], trades: [] }],
    ['a flat line', { close: [5, 5, 5, 5], equity: [100, 100, 100, 100], initialCapital: 100, trades: [] }],
    ['all lost', { equity: [10_000, 0, 0, 0] }],
  ])('has no broken numbers with %s', (_name, changes) => {
    expect(backtestChart(data(changes))).not.toMatch(/NaN|Infinity|undefined/);
  });
});
