import { describe, expect, it } from 'vitest';
import { isGivenUp, isRest } from '../../../src/services/orders/dust.ts';
import { decimal } from '../../../src/trading/money.ts';
import { type LedgerFill, positionOf } from '../../../src/trading/position.ts';

const fill = (side: 'BUY' | 'SELL', quantity: string, baseFee?: string): LedgerFill => ({
  side,
  price: decimal(100),
  quantity: decimal(quantity),
  fee: decimal(0),
  ...(baseFee !== undefined && { baseFee: decimal(baseFee) }),
});

const step = decimal('0.1');

describe('what is left of a position', () => {
  it.each<{ why: string; fills: LedgerFill[]; expected: boolean }>([
    {
      why: 'a fee in the asset has left less than a step',
      fills: [fill('BUY', '1', '0.001'), fill('SELL', '0.9')],
      expected: true,
    },
    { why: 'a fee has taken a part of the one step that was bought', fills: [fill('BUY', '0.1', '0.001')], expected: true },
    { why: 'a whole step is left', fills: [fill('BUY', '1'), fill('SELL', '0.9')], expected: false },
    { why: 'the step has outgrown what was bought, which is all there', fills: [fill('BUY', '0.05')], expected: false },
    {
      why: 'a quarter of it is left, bought by another step',
      fills: [fill('BUY', '0.12'), fill('SELL', '0.09')],
      expected: true,
    },
    {
      why: 'more than a quarter is left, bought by another step',
      fills: [fill('BUY', '0.12'), fill('SELL', '0.08')],
      expected: false,
    },
  ])('is a rest ($expected) when $why', ({ fills, expected }) => {
    expect(isRest(positionOf(fills), fills, step)).toBe(expected);
  });

  const dust = [fill('BUY', '1', '0.001'), fill('SELL', '0.9')];
  const outgrown = [fill('BUY', '0.05')];
  const small = [fill('BUY', '1'), fill('SELL', '0.8')];
  const large = [fill('BUY', '1'), fill('SELL', '0.7')];

  // An order must be worth 10.
  it.each<{ why: string; fills: LedgerFill[]; price: number; holdsExits: boolean; expected: boolean }>([
    { why: 'a rest under the step, of any worth', fills: dust, price: 1_000, holdsExits: true, expected: true },
    { why: 'what the step has outgrown, worth an order', fills: outgrown, price: 1_000, holdsExits: true, expected: false },
    { why: 'what the step has outgrown, worth less', fills: outgrown, price: 100, holdsExits: true, expected: true },
    { why: 'a small part that is worth less than an order', fills: small, price: 40, holdsExits: true, expected: true },
    { why: 'a small part that is worth an order', fills: small, price: 50, holdsExits: true, expected: false },
    { why: 'a small part where exits may be worth less', fills: small, price: 40, holdsExits: false, expected: false },
    { why: 'a large part that is worth less than an order', fills: large, price: 30, holdsExits: true, expected: false },
  ])('is given up ($expected): $why', ({ fills, price, holdsExits, expected }) => {
    const terms = { price: decimal(price), minNotional: decimal(10), holdsExits };
    expect(isGivenUp(positionOf(fills), fills, step, terms)).toBe(expected);
  });

  it('is not given up where it is owed: a short position can be bought back', () => {
    const fills = [fill('SELL', '1'), fill('BUY', '0.95')];
    const terms = { price: decimal(1), minNotional: decimal(10), holdsExits: true };
    expect(isGivenUp(positionOf(fills), fills, step, terms)).toBe(false);
  });
});
