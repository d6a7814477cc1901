import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downsample, packEquity, unpackEquity } from '../../../src/services/backtests/equity-curve.ts';

const equities = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 400 });
const timesOf = (values: ArrayLike<number>): Float64Array => Float64Array.from(values, (_, i) => 1_700_000_000_000 + i * 60_000);

describe('a packed equity curve', () => {
  it('leaves out only what lies inside a level stretch', () => {
    const equity = Float64Array.of(100, 100, 100, 100, 90, 90, 120);
    expect(unpackEquity(packEquity(timesOf(equity), equity), 100)).toEqual([
      { at: 1_700_000_000_000, equity: 100, drawdownPercent: 0 },
      { at: 1_700_000_180_000, equity: 100, drawdownPercent: 0 },
      { at: 1_700_000_240_000, equity: 90, drawdownPercent: expect.closeTo(10, 9) },
      { at: 1_700_000_300_000, equity: 90, drawdownPercent: expect.closeTo(10, 9) },
      { at: 1_700_000_360_000, equity: 120, drawdownPercent: 0 },
    ]);
  });

  it('goes through every point of the original', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }), (values) => {
        const equity = Float64Array.from(values);
        const times = timesOf(equity);
        const points = unpackEquity(packEquity(times, equity), 1);
        for (const [i, value] of values.entries()) {
          const before = points.findLast((point) => point.at <= times[i]);
          const after = points.find((point) => point.at >= times[i]);
          expect([before?.equity, after?.equity]).toContain(value);
          expect(before?.at === times[i] || before?.equity === after?.equity).toBe(true);
        }
      }),
    );
  });

  it('counts the initial capital as the first peak', () => {
    const [first] = unpackEquity(packEquity(Float64Array.of(0), Float64Array.of(75)), 100);
    expect(first.drawdownPercent).toBe(25);
  });

  it('reads from the middle of a larger buffer, as databases give it', () => {
    const packed = packEquity(Float64Array.of(1, 2), Float64Array.of(10, 20));
    const larger = new Uint8Array(packed.length + 3);
    larger.set(packed, 3);
    expect(unpackEquity(larger.subarray(3), 10).map(({ equity }) => equity)).toEqual([10, 20]);
  });
});

describe('a thinned equity curve', () => {
  const points = (values: readonly number[]) => {
    const equity = Float64Array.from(values);
    return values.map((value, i) => ({ at: timesOf(equity)[i], equity: value, drawdownPercent: 0 }));
  };

  it('has at most the points asked for, in order, both ends, the highest and the lowest', () => {
    fc.assert(
      fc.property(equities, fc.integer({ min: 2, max: 60 }), (values, maxPoints) => {
        const all = points(values);
        const thinned = downsample(all, maxPoints);
        expect(thinned.length).toBeLessThanOrEqual(maxPoints);
        expect(thinned[0]).toBe(all[0]);
        expect(thinned.at(-1)).toBe(all.at(-1));
        const times = thinned.map(({ at }) => at);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        const kept = thinned.map(({ equity }) => equity);
        const ends = [values[0], values.at(-1) ?? 0];
        const expected = maxPoints < 4 && values.length > maxPoints ? ends : values;
        expect(Math.max(...kept)).toBe(Math.max(...expected));
        expect(Math.min(...kept)).toBe(Math.min(...expected));
      }),
    );
  });

  it('is the whole curve when it fits', () => {
    const all = points([1, 2, 3]);
    expect(downsample(all, 3)).toEqual(all);
  });
});
