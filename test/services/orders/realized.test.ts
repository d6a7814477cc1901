import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerAmount } from '../../../src/services/orders/amounts.ts';
import { followPosition } from '../../../src/services/orders/realized.ts';
import { Decimal, decimal } from '../../../src/trading/money.ts';
import { type LedgerFill, positionOf, realizedPnl } from '../../../src/trading/position.ts';

const fill = (side: 'BUY' | 'SELL', price: string, quantity: string, fee: string): LedgerFill => ({
  side,
  price: decimal(price),
  quantity: decimal(quantity),
  fee: decimal(fee),
});
const told = (fills: readonly LedgerFill[]): [string, string][] =>
  followPosition(fills).map(({ pnl, realizedPnl: net }) => [pnl.toString(), net.toString()]);

describe('what each execution realises', () => {
  it.each<{ name: string; fills: LedgerFill[]; expected: [string, string][] }>([
    {
      name: 'a round trip',
      fills: [fill('BUY', '100', '2', '1'), fill('SELL', '110', '2', '3')],
      expected: [
        ['0', '0'],
        ['20', '16'],
      ],
    },
    {
      name: 'a short round trip',
      fills: [fill('SELL', '100', '2', '1'), fill('BUY', '110', '2', '3')],
      expected: [
        ['0', '0'],
        ['-20', '-24'],
      ],
    },
    {
      name: 'an entry in two parts, left in two parts: each exit takes its share of the entry fees',
      fills: [
        fill('BUY', '100', '1', '1'),
        fill('BUY', '120', '3', '3'),
        fill('SELL', '130', '1', '0.5'),
        fill('SELL', '90', '3', '0.5'),
      ],
      expected: [
        ['0', '0'],
        ['0', '0'],
        ['15', '13.5'],
        ['-75', '-78.5'],
      ],
    },
    {
      name: 'an execution that turns the position round',
      fills: [fill('BUY', '100', '1', '1'), fill('SELL', '110', '3', '3')],
      expected: [
        ['0', '0'],
        ['10', '6'],
      ],
    },
  ])('$name', ({ fills, expected }) => {
    expect(told(fills)).toEqual(expected);
  });

  it('adds up to what the position realised, whatever the executions, to the last digit', () => {
    const amount = fc.integer({ min: 1, max: 1_000_000 }).map((units) => decimal(units).div(1000));
    const any = fc.record({
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      price: amount,
      quantity: amount,
      fee: amount,
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 12 }), (fills) => {
        const results = followPosition(fills);
        const total = results.reduce((sum, { pnl }) => sum.add(pnl), new Decimal(0));
        const position = positionOf(fills);
        expect(results.at(-1)?.position).toEqual(position);
        expect(total.sub(position.grossPnl).abs().lt('1e-40')).toBe(true);
        if (position.side !== null) return;
        const net = results.reduce((sum, { realizedPnl: each }) => sum.add(each), new Decimal(0));
        expect(net.sub(realizedPnl(position)).abs().lt('1e-40')).toBe(true);
      }),
    );
  });
});

describe('what no order can sell', () => {
  const bought = (quantity: string, baseFee: string): LedgerFill => ({
    ...fill('BUY', '100', quantity, decimal(baseFee).mul(100).toString()),
    baseFee: decimal(baseFee),
  });
  const step = decimal('0.01');

  it.each<{ name: string; fills: LedgerFill[]; dust: string; side: string | null; quantity: string; pnl: string }>([
    {
      name: 'is written off with the execution that sells the rest: its cost is a loss',
      fills: [bought('1', '0.001'), fill('SELL', '110', '0.99', '0')],
      dust: '0.009',
      side: null,
      quantity: '0',
      // 108.9 came in, 100 went out.
      pnl: '8.9',
    },
    {
      name: 'is a step less the last digit, too',
      fills: [bought('1', '0.000001'), fill('SELL', '100', '0.99', '0')],
      dust: '0.009999',
      side: null,
      quantity: '0',
      pnl: '-1',
    },
    {
      name: 'is not a whole step',
      fills: [fill('BUY', '100', '1', '0'), fill('SELL', '100', '0.99', '0')],
      dust: '0',
      side: 'LONG',
      quantity: '0.01',
      pnl: '0',
    },
    {
      name: 'waits while it was only bought: more may come',
      fills: [bought('0.01', '0.001')],
      dust: '0',
      side: 'LONG',
      quantity: '0.009',
      pnl: '-0.1',
    },
    {
      name: 'is nothing of a short',
      fills: [fill('SELL', '100', '1', '0'), fill('BUY', '100', '0.995', '0')],
      dust: '0',
      side: 'SHORT',
      quantity: '0.005',
      pnl: '0',
    },
  ])('$name', ({ fills, dust, side, quantity, pnl }) => {
    const last = followPosition(fills, step).at(-1);
    expect(last?.dust.toString()).toBe(dust);
    expect([last?.position.side, last?.position.quantity.toString()]).toEqual([side, quantity]);
    expect(last && realizedPnl(last.position).toString()).toBe(pnl);
  });

  it('loses nothing: what came in and went out is the profit, what was bought is sold, kept as a fee, or dust', () => {
    const thousandths = fc.integer({ min: 1, max: 5_000 }).map((units) => decimal(units).div(1000));
    const entry = fc.record({
      price: thousandths,
      steps: fc.integer({ min: 1, max: 500 }),
      rate: fc.integer({ min: 0, max: 50 }),
    });
    const exits = fc.record({
      parts: fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 5 }),
      price: thousandths,
      fee: thousandths,
    });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), exits, (entries, { parts, price, fee }) => {
        const fills = entries.map(({ price: at, steps, rate }): LedgerFill => {
          const quantity = step.mul(steps);
          const baseFee = quantity.mul(rate).div(10_000);
          return { side: 'BUY', price: at, quantity, fee: baseFee.mul(at), baseFee };
        });
        const held = positionOf(fills).quantity;
        // Sold in parts of whole steps, and at last all that can be.
        for (let left = held.div(step).floor(); left.gt(0);) {
          const part = Decimal.min(left, parts.pop() ?? left);
          fills.push({ side: 'SELL', price, quantity: part.mul(step), fee });
          left = left.sub(part);
        }
        const results = followPosition(fills, step);
        const last = results[results.length - 1];
        const sold = fills.filter(({ side }) => side === 'SELL');
        const total = (each: (one: LedgerFill) => Decimal, of = fills): Decimal =>
          of.reduce<Decimal>((sum, one) => sum.add(each(one)), new Decimal(0));
        const bought = total(({ quantity, baseFee }) => quantity.sub(baseFee ?? 0), fills.slice(0, entries.length));
        expect(
          bought.eq(
            total(({ quantity }) => quantity, sold)
              .add(last.dust)
              .add(last.position.quantity),
          ),
        ).toBe(true);
        expect(last.dust.lt(step)).toBe(true);
        if (sold.length === 0) return;
        expect(last.position.side).toBeNull();
        const cash = total(({ price: at, quantity, fee: paid, side }) =>
          side === 'SELL' ? at.mul(quantity).sub(paid) : at.mul(quantity).neg(),
        );
        expect(realizedPnl(last.position).sub(cash).abs().lt('1e-40')).toBe(true);
        const net = results.reduce((sum, { realizedPnl: each }) => sum.add(each), new Decimal(0));
        expect(net.sub(cash).abs().lt('1e-40')).toBe(true);
      }),
    );
  });
});

describe('a ledger amount', () => {
  it.each([
    ['0.1', '0.1'],
    ['0.123456789012345678', '0.123456789012345678'],
    ['0.1234567890123456785', '0.123456789012345678'],
    ['0.1234567890123456795', '0.12345678901234568'],
    ['-1.9999999999999999999', '-2'],
  ])('of %s is %s', (value, expected) => {
    expect(ledgerAmount(decimal(value)).toFixed()).toBe(expected);
  });
});
