import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, decimal, Decimal } from '../../src/trading/money.ts';
import { entryPrice, flat, type LedgerFill, positionOf, realizedPnl, unrealizedPnl } from '../../src/trading/position.ts';

function fill(side: 'BUY' | 'SELL', quantity: string, price: string, fee = '0', baseFee = '0'): LedgerFill {
  return { side, quantity: decimal(quantity), price: decimal(price), fee: decimal(fee), baseFee: decimal(baseFee) };
}

const amount = fc.integer({ min: 1, max: 1_000_000 }).map((units) => new Decimal(units).div(1_000));
const anyFill: fc.Arbitrary<LedgerFill> = fc.record({
  side: fc.constantFrom('BUY', 'SELL'),
  quantity: amount,
  price: amount,
  fee: amount.map((fee) => fee.div(1_000)),
});

describe('a position is what its fills make it', () => {
  it.each([
    ['nothing', [], null, '0', '0', '0'],
    ['a buy', [fill('BUY', '2', '100', '0.2')], 'LONG', '2', '0', '0.2'],
    ['two buys', [fill('BUY', '1', '100'), fill('BUY', '3', '120')], 'LONG', '4', '0', '0'],
    ['a buy sold in part', [fill('BUY', '3', '100'), fill('SELL', '1', '110', '0.1')], 'LONG', '2', '10', '0.1'],
    ['a buy sold in full', [fill('BUY', '3', '100', '1'), fill('SELL', '3', '90', '1')], null, '0', '-30', '2'],
    ['a short', [fill('SELL', '2', '100'), fill('BUY', '2', '80')], null, '0', '40', '0'],
    ['a sale through zero', [fill('BUY', '1', '100'), fill('SELL', '3', '110')], 'SHORT', '2', '10', '0'],
    ['a fee kept from the coins', [fill('BUY', '1', '100', '0.1', '0.001')], 'LONG', '0.999', '0', '0.1'],
  ] as const)('%s', (_name, fills, side, quantity, gross, fees) => {
    const position = positionOf(fills);
    expect([position.side, canonical(position.quantity), canonical(position.grossPnl), canonical(position.fees)]).toEqual([
      side,
      quantity,
      gross,
      fees,
    ]);
  });

  it('the entry price is the average of what is held, and nothing while flat', () => {
    expect(canonical(entryPrice(positionOf([fill('BUY', '1', '100'), fill('BUY', '3', '120')])) ?? decimal(0))).toBe('115');
    expect(entryPrice(flat)).toBeNull();
  });

  it('a part that was kept as a fee is counted once', () => {
    // 1 bought for 100, 0.001 of it kept; the 0.999 left are sold at 100: only the fee is lost.
    const position = positionOf([fill('BUY', '1', '100', '0.1', '0.001'), fill('SELL', '0.999', '100')]);
    expect(position.side).toBeNull();
    expect(canonical(realizedPnl(position))).toBe('-0.1');
  });

  it('a third of a third still closes to the last digit', () => {
    const position = positionOf([
      fill('BUY', '1', '100'),
      fill('SELL', '0.333333333333333333', '101'),
      fill('SELL', '0.333333333333333333', '102'),
      fill('SELL', '0.333333333333333334', '103'),
    ]);
    expect([position.side, canonical(position.cost), canonical(position.quantity)]).toEqual([null, '0', '0']);
    expect(canonical(position.grossPnl)).toBe('2.000000000000000001');
  });

  it('money in, money out and what is held always add up', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 30 }), amount, (fills, price) => {
        const position = positionOf(fills);
        const cash = fills.reduce(
          (sum, { side, quantity, price: paid, fee }) => sum.add(quantity.mul(paid).mul(side === 'SELL' ? 1 : -1)).sub(fee),
          new Decimal(0),
        );
        const held = fills.reduce(
          (sum, { side, quantity }) => sum.add(side === 'BUY' ? quantity : quantity.neg()),
          new Decimal(0),
        );
        const signed = position.side === 'SHORT' ? position.quantity.neg() : position.quantity;
        expect(canonical(signed)).toBe(canonical(held));
        const earned = realizedPnl(position).add(unrealizedPnl(position, price));
        expect(
          earned
            .sub(cash.add(held.mul(price)))
            .abs()
            .lt('1e-40'),
        ).toBe(true);
      }),
    );
  });
});
