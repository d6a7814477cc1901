import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../../src/trading/money.ts';
import { approve, type BotAccount, type BotLimits, type OrderProposal } from '../../src/trading/risk.ts';
import {
  breachOf,
  haltOf,
  includesAction,
  isHalting,
  type MeasuredLimit,
  RiskAction,
  RiskLimitType,
  sharpest,
} from '../../src/trading/risk-limits.ts';

const limitOf = (
  type: RiskLimitType,
  value: string,
  measured: string | null,
  latchReason: string | null = null,
): MeasuredLimit => ({
  limit: { id: 'limit', type, value: decimal(value), scope: 'all bots', latchReason },
  measured: measured === null ? null : decimal(measured),
});
const entry = { value: decimal('100'), leverage: decimal('3') };

describe('a risk limit', () => {
  it.each([
    ['MAX_POSITION_VALUE', '500', '400', null],
    ['MAX_POSITION_VALUE', '500', '400.01', '500.01'],
    ['MAX_EXPOSURE', '1000', '900', null],
    ['MAX_EXPOSURE', '1000', '901', '1001'],
    ['MAX_OPEN_ORDERS', '3', '2', null],
    ['MAX_OPEN_ORDERS', '3', '3', '4'],
    ['MAX_ORDERS_PER_MINUTE', '1', '0', null],
    ['MAX_ORDERS_PER_MINUTE', '1', '1', '2'],
    ['MAX_DAILY_TRADES', '0', '0', '1'],
    ['MAX_LEVERAGE', '3', null, null],
    ['MAX_LEVERAGE', '2.5', null, '3'],
    ['COOLDOWN_AFTER_EXIT', '60', null, null],
    ['COOLDOWN_AFTER_EXIT', '60', '60', null],
    ['COOLDOWN_AFTER_EXIT', '60', '59.9', '59.9'],
    ['SYMBOL_LOCK', '0', null, '100'],
    ['MAX_DAILY_LOSS', '50', '49.99', null],
    ['MAX_DAILY_LOSS', '50', '50', '50'],
    ['MAX_DRAWDOWN', '10', '9.99', null],
    ['MAX_DRAWDOWN', '10', '10', '10'],
    ['STOP_LOSS_GUARD', '3', '2', null],
    ['STOP_LOSS_GUARD', '3', '3', '3'],
  ] as const)('%s %s with %s against it lets an entry pass or says what it would reach: %s', (type, value, measured, reached) => {
    const breach = breachOf(limitOf(type, value, measured), entry);
    expect(breach?.value.toFixed() ?? null).toBe(reached);
    if (breach) expect(breach.message).toMatch(/all bots|entries are locked/);
    if (breach) expect(breach.limit.toFixed()).toBe(value);
  });

  it.each(Object.values(RiskLimitType))('%s refuses everything while it halts, whatever is measured', (type) => {
    const breach = breachOf(limitOf(type, '100', null, "today's loss of all bots is 120, the limit is 100"), entry);
    expect(breach?.message).toContain("until it is released: today's loss of all bots is 120");
  });

  it('halts only where its type does, from the very value on', () => {
    for (const type of Object.values(RiskLimitType)) {
      expect(haltOf(limitOf(type, '5', '5')) !== null).toBe(isHalting(type));
      expect(haltOf(limitOf(type, '5', '4.999'))).toBeNull();
      expect(haltOf(limitOf(type, '5', null))).toBeNull();
    }
  });
});

describe('actions', () => {
  it('include the milder ones', () => {
    const pairs = Object.values(RiskAction).flatMap((a) => Object.values(RiskAction).map((b) => [a, b, includesAction(a, b)]));
    expect(pairs.filter(([, , includes]) => includes).map(([a, b]) => `${a} ⊇ ${b}`)).toEqual([
      'BLOCK_ENTRIES ⊇ BLOCK_ENTRIES',
      'CANCEL_ORDERS ⊇ BLOCK_ENTRIES',
      'CANCEL_ORDERS ⊇ CANCEL_ORDERS',
      'FLATTEN ⊇ BLOCK_ENTRIES',
      'FLATTEN ⊇ CANCEL_ORDERS',
      'FLATTEN ⊇ FLATTEN',
    ]);
    expect(sharpest([])).toBeNull();
    expect(sharpest(['BLOCK_ENTRIES', 'FLATTEN', 'CANCEL_ORDERS'])).toBe('FLATTEN');
    expect(includesAction(null, 'BLOCK_ENTRIES')).toBe(false);
  });
});

describe('approval with limits of the owner', () => {
  const limits: BotLimits = {
    botName: 'eth-scalper',
    marketType: 'SPOT',
    leverage: new Decimal(1),
    maxDailyLossPercent: null,
    dailyTargetPercent: null,
    maxDailyTrades: null,
    stepSize: decimal('0.001'),
    minNotional: decimal('5'),
  };
  const account: BotAccount = {
    available: decimal('1000'),
    dayStartEquity: decimal('1000'),
    dailyPnl: new Decimal(0),
    dailyTrades: 0,
    positionSide: 'LONG',
    positionQuantity: decimal('2'),
  };
  const order = (reduceOnly: boolean, amount = '1'): OrderProposal => ({
    side: reduceOnly ? 'SELL' : 'BUY',
    type: 'MARKET',
    amount: decimal(amount),
    reduceOnly,
    referencePrice: decimal('100'),
  });
  const everything = [
    limitOf('MAX_EXPOSURE', '50', '0'),
    limitOf('SYMBOL_LOCK', '0', null),
    limitOf('MAX_DRAWDOWN', '10', '12', 'fallen'),
  ];

  it('tells every limit that an entry breaks, as data', () => {
    const approval = approve(order(false), limits, account, { limits: everything, killReason: 'exchange hacked' });
    expect(approval.ok ? [] : approval.refusals.map(({ rule, limit, value, limitId }) => [rule, limit, value, limitId])).toEqual([
      ['KILL_SWITCH', '0', '100', undefined],
      ['MAX_EXPOSURE', '50', '100', 'limit'],
      ['SYMBOL_LOCK', '0', '100', 'limit'],
      ['MAX_DRAWDOWN', '10', '12', 'limit'],
    ]);
  });

  it('never keeps a bot from getting out', () => {
    expect(approve(order(true), limits, account, { limits: everything, killReason: 'exchange hacked' }).ok).toBe(true);
  });

  it('passes what stays within an exposure, and nothing beyond it, for any amounts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 0, max: 2_000 }), (steps, held) => {
        const amount = new Decimal(steps).div(1000);
        const exposure = limitOf('MAX_EXPOSURE', '1000', String(held));
        const approval = approve(order(false, amount.toFixed()), { ...limits, minNotional: new Decimal(0) }, account, {
          limits: [exposure],
          killReason: null,
        });
        return approval.ok === amount.mul(100).add(held).lte(1000);
      }),
    );
  });
});
