import { describe, expect, it } from 'vitest';
import { Holdings } from '../../../src/services/bots/holdings.ts';
import { decimal } from '../../../src/trading/money.ts';
import { rulesWith } from '../../simulation/venue.ts';
import { partsWith } from './support/builders.ts';

const holding = (held: string, { step = '0.1', shares = false } = {}): Holdings =>
  new Holdings(partsWith({ rules: rulesWith(step), exchange: { sharesReduceOnly: shares } }), { held: decimal(held) });

describe('what a bot holds', () => {
  it.each([
    { held: '1.27', step: '0.1', sellable: '1.2' },
    { held: '1.2', step: '0.1', sellable: '1.2' },
    { held: '0.09', step: '0.1', sellable: '0' },
    { held: '1.27', step: '0', sellable: '1.27' },
  ])('can be sold in whole steps: $sellable of $held by $step', ({ held, step, sellable }) => {
    expect(holding(held, { step }).sellable.toString()).toBe(sellable);
  });

  // An order has to be worth 10.
  it.each([
    { held: '0.09', price: 1_000_000, shares: false, isSellable: false, why: 'it is less than a step' },
    { held: '0.1', price: 100, shares: false, isSellable: true, why: 'it is worth as much as an order must be' },
    { held: '0.19', price: 99, shares: false, isSellable: false, why: 'its whole steps are worth less' },
    { held: '0.19', price: 99, shares: true, isSellable: true, why: 'exits need not be worth anything there' },
    { held: '0.1', price: 0, shares: false, isSellable: true, why: 'nobody knows a price' },
  ])('$held at $price can be sold: $isSellable, because $why', ({ held, price, shares, isSellable }) => {
    expect(holding(held, { shares }).isSellable(price)).toBe(isSellable);
  });

  it.each([
    {
      held: '0.09',
      refusal: { rule: 'STEP_SIZE', limit: '0.1', value: '0.09' },
      message: `what bot "scalper" holds, 0.09 of BTC/USDT, is less than the market's step 0.1: no order can sell it`,
    },
    {
      held: '0.15',
      refusal: { rule: 'MIN_NOTIONAL', limit: '10', value: '7.5' },
      message: `what bot "scalper" holds, 0.15 of BTC/USDT, is worth 7.5, less than the market's minimum 10: no order can sell it`,
    },
  ])('$held is refused by $refusal.rule', ({ held, refusal, message }) => {
    expect(holding(held).whyUnsellable(50)).toEqual({ ...refusal, message });
  });
});
