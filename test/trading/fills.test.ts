import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bankruptcyPrice,
  liquidationFillPrice,
  liquidationPrice,
  priceAt,
  QuantityGrid,
  slipped,
  stopFillPrice,
  targetFillPrice,
} from '../../src/trading/fills.ts';
import { canonical, decimal } from '../../src/trading/money.ts';

describe('fill prices', () => {
  it.each([
    ['a buy slips up', () => slipped(100, true, 0.01), 101],
    ['a sale slips down', () => slipped(100, false, 0.01), 99],
    ['a long stop at its level', () => stopFillPrice(1, 95, 97, 90, 0), 95],
    ['a long stop at a lower open', () => stopFillPrice(1, 95, 93, 90, 0), 93],
    ['a long stop slips, but not beyond the low', () => stopFillPrice(1, 95, 97, 94.5, 0.01), 94.5],
    ['a short stop at its level', () => stopFillPrice(-1, 105, 103, 110, 0), 105],
    ['a short stop at a higher open', () => stopFillPrice(-1, 105, 107, 110, 0), 107],
    ['a short stop slips, but not beyond the high', () => stopFillPrice(-1, 105, 103, 105.5, 0.01), 105.5],
    ['a long target at its level', () => targetFillPrice(1, 110, 115, false), 110],
    ['a long target at a better open', () => targetFillPrice(1, 110, 115, true), 115],
    ['a long target reached later', () => targetFillPrice(1, 110, 105, true), 110],
    ['a short target at a better open', () => targetFillPrice(-1, 90, 85, true), 85],
    ['a liquidation at its price', () => liquidationFillPrice(1, 91, 90, 95), 91],
    ['a liquidation at a worse open', () => liquidationFillPrice(1, 91, 90, 90.5), 90.5],
    ['a liquidation loses no more than the margin', () => liquidationFillPrice(1, 91, 90, 50), 90],
    ['a short liquidation at a worse open', () => liquidationFillPrice(-1, 109, 110, 109.5), 109.5],
    ['a short liquidation loses no more than the margin', () => liquidationFillPrice(-1, 109, 110, 200), 110],
  ])('%s', (_name, actual, expected) => {
    expect(actual()).toBeCloseTo(expected, 10);
  });

  // Binance, USDⓈ-M isolated, one bracket: the wallet is the margin, cum = 0.
  it.each([
    [1, 50_000, 10, 0.005, (50_000 / 10 - 50_000) / (0.005 - 1)],
    [-1, 50_000, 10, 0.005, (50_000 / 10 + 50_000) / (0.005 + 1)],
    [1, 100, 2, 0, 50],
    [1, 100, 1, 0.01, 0],
    [-1, 100, 1, 0, 200],
  ])('liquidation of side %s at %s with leverage %s and maintenance %s', (side, entry, leverage, maintenance, expected) => {
    expect(liquidationPrice(side, entry, leverage, maintenance)).toBeCloseTo(expected, 8);
  });

  it('at the liquidation price what is left of the margin is the maintenance margin, at the bankruptcy price nothing is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, -1),
        fc.double({ min: 0.01, max: 1e5, noNaN: true }),
        fc.integer({ min: 2, max: 50 }),
        fc.double({ min: 0, max: 0.015, noNaN: true }),
        (side, entry, leverage, maintenance) => {
          const liquidation = liquidationPrice(side, entry, leverage, maintenance);
          const left = entry / leverage + side * (liquidation - entry);
          expect(left / entry).toBeCloseTo((maintenance * liquidation) / entry, 10);
          expect((entry / leverage + side * (bankruptcyPrice(side, entry, leverage) - entry)) / entry).toBeCloseTo(0, 12);
        },
      ),
    );
  });
});

describe('quantities', () => {
  it.each([
    [1e-8, 0.35150022000000003, '0.35150022'],
    [0.1, 0.3, '0.3'],
    [0.1, 0.29999, '0.2'],
    [1, 17.9, '17'],
    [5, 17.9, '15'],
    [0.25, 0.74, '0.5'],
    [0.001, 0.0009, '0'],
    [0.05, 0.15, '0.15'],
    [1e-8, 1e-9, '0'],
    [1000, 123_456, '123000'],
  ])('by steps of %s, %s becomes %s', (step, quantity, expected) => {
    expect(canonical(decimal(new QuantityGrid(step).floor(quantity)))).toBe(expected);
  });

  it.each([Number.NaN, -1, 0, -Infinity])('%s becomes 0', (quantity) => {
    expect(new QuantityGrid(0.01).floor(quantity)).toBe(0);
  });

  it('never grow, lose less than a step, and are exact multiples of it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1e-8, 1e-5, 0.001, 0.01, 0.05, 0.1, 0.25, 1, 3, 10),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (step, quantity) => {
          const floored = new QuantityGrid(step).floor(quantity);
          expect(floored).toBeLessThanOrEqual(quantity);
          expect(quantity - floored).toBeLessThan(step * (1 + 1e-9) + quantity * 1e-15);
          expect(decimal(floored).mod(decimal(step)).isZero()).toBe(true);
        },
      ),
    );
  });
});

describe('a price at a distance', () => {
  it.each([
    [100, 10, 110],
    [27_000, 0.6, 27_162],
    [27_000, -0.3, 26_919],
    [1.23, -2, 1.2054],
    [0.00001234, 4, 0.0000128336],
    [7e15, 10, 7.7e15],
    [1e-12, 50, 1.5e-12],
  ])('from %s by %s percent is %s', (anchor, percent, expected) => {
    expect(priceAt(anchor, percent)).toBe(expected);
  });

  it('is the exact decimal for every price and percentage that people write', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999_999 }),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: -5_000, max: 100_000 }),
        (units, decimals, hundredths) => {
          const anchor = decimal(units).div(10 ** decimals);
          const percent = decimal(hundredths).div(100);
          const exact = anchor.mul(percent.div(100).add(1));
          expect(priceAt(anchor.toNumber(), percent.toNumber())).toBe(exact.toNumber());
        },
      ),
    );
  });
});
