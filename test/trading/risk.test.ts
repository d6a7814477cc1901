import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/trading/money.ts';
import { approve, type BotAccount, type BotLimits, type OrderProposal } from '../../src/trading/risk.ts';

const limits: BotLimits = {
  botName: 'eth-scalper',
  marketType: 'SPOT',
  leverage: decimal(1),
  maxDailyLossPercent: decimal(5),
  dailyTargetPercent: decimal(10),
  maxDailyTrades: 3,
  stepSize: decimal('0.001'),
  minNotional: decimal(5),
};
const account: BotAccount = {
  available: decimal(1000),
  dayStartEquity: decimal(1000),
  dailyPnl: decimal(0),
  dailyTrades: 0,
  positionSide: null,
  positionQuantity: decimal(0),
};
const entry: OrderProposal = {
  side: 'BUY',
  type: 'MARKET',
  amount: decimal('1.5'),
  reduceOnly: false,
  referencePrice: decimal(100),
};
const exit: OrderProposal = { ...entry, side: 'SELL', amount: decimal(1), reduceOnly: true };
const holding: Partial<BotAccount> = { positionSide: 'LONG', positionQuantity: decimal(1) };

interface Case {
  readonly name: string;
  readonly order?: Partial<OrderProposal>;
  readonly limits?: Partial<BotLimits>;
  readonly account?: Partial<BotAccount>;
  readonly rules: readonly string[];
}

const judged = (base: OrderProposal, { order, limits: ownLimits, account: ownAccount }: Case): string[] => {
  const approval = approve({ ...base, ...order }, { ...limits, ...ownLimits }, { ...account, ...ownAccount });
  return approval.ok ? [] : approval.refusals.map(({ rule }) => rule);
};

describe('an entry', () => {
  it.each<Case>([
    { name: 'within every limit passes', rules: [] },
    { name: 'of nothing', order: { amount: decimal(0) }, rules: ['AMOUNT', 'MIN_NOTIONAL'] },
    { name: 'of a negative amount', order: { amount: decimal(-1) }, rules: ['AMOUNT', 'MIN_NOTIONAL'] },
    { name: 'between two steps', order: { amount: decimal('1.5005') }, rules: ['STEP_SIZE'] },
    { name: 'one step under the least value', order: { amount: decimal('0.049') }, rules: ['MIN_NOTIONAL'] },
    { name: 'of exactly the least value passes', order: { amount: decimal('0.05') }, rules: [] },
    {
      name: 'valued at its limit price',
      order: { type: 'LIMIT', price: decimal(3), amount: decimal(1) },
      rules: ['MIN_NOTIONAL'],
    },
    { name: 'that sells short on spot', order: { side: 'SELL' }, rules: ['LONG_ONLY'] },
    { name: 'that sells short on futures passes', order: { side: 'SELL' }, limits: { marketType: 'FUTURES' }, rules: [] },
    { name: 'of all the capital passes', order: { amount: decimal(10) }, rules: [] },
    { name: 'of a step more than the capital', order: { amount: decimal('10.001') }, rules: ['AVAILABLE_CAPITAL'] },
    {
      name: 'of twice the capital at leverage 2 passes',
      order: { amount: decimal(20) },
      limits: { leverage: decimal(2) },
      rules: [],
    },
    { name: 'just before the daily loss limit passes', account: { dailyPnl: decimal('-49.99') }, rules: [] },
    { name: 'at the daily loss limit', account: { dailyPnl: decimal(-50) }, rules: ['MAX_DAILY_LOSS'] },
    { name: 'at the daily target', account: { dailyPnl: decimal(100) }, rules: ['DAILY_TARGET'] },
    {
      name: 'after a loss without a limit passes',
      limits: { maxDailyLossPercent: null },
      account: { dailyPnl: decimal(-500) },
      rules: [],
    },
    { name: 'as the last one of the day passes', account: { dailyTrades: 2 }, rules: [] },
    { name: 'beyond the trades of the day', account: { dailyTrades: 3 }, rules: ['MAX_DAILY_TRADES'] },
    {
      name: 'that breaks several rules tells all of them',
      order: { amount: decimal('20.0001') },
      account: { dailyPnl: decimal(-60), dailyTrades: 9 },
      rules: ['STEP_SIZE', 'AVAILABLE_CAPITAL', 'MAX_DAILY_LOSS', 'MAX_DAILY_TRADES'],
    },
  ])('$name', (testCase) => {
    expect(judged(entry, testCase)).toEqual(testCase.rules);
  });
});

describe('an order that only closes', () => {
  it.each<Case>([
    {
      name: 'passes however bad the day was',
      account: { ...holding, dailyPnl: decimal(-900), dailyTrades: 50, available: decimal(0) },
      rules: [],
    },
    { name: 'passes under the least value: dust must go too', order: { amount: decimal('0.001') }, account: holding, rules: [] },
    { name: 'may not exceed what is held', order: { amount: decimal('1.001') }, account: holding, rules: ['REDUCE_ONLY'] },
    { name: 'needs a position', rules: ['REDUCE_ONLY'] },
    { name: 'needs a position of the other direction', order: { side: 'BUY' }, account: holding, rules: ['REDUCE_ONLY'] },
    { name: 'keeps to the step as well', order: { amount: decimal('0.0005') }, account: holding, rules: ['STEP_SIZE'] },
  ])('$name', (testCase) => {
    expect(judged(exit, testCase)).toEqual(testCase.rules);
  });
});

describe('a refusal', () => {
  it('names the bot, the limit and the value, as text and as data', () => {
    const approval = approve(entry, { ...limits, maxDailyTrades: 3 }, { ...account, dailyTrades: 4 });
    expect(approval).toEqual({
      ok: false,
      refusals: [
        {
          rule: 'MAX_DAILY_TRADES',
          message: 'bot "eth-scalper" has made 4 entries today, its limit is 3',
          limit: '3',
          value: '4',
        },
      ],
    });
  });
});
