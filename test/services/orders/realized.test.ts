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
