import { describe, expect, it } from 'vitest';
import { fundsFor } from '../../src/trading/funds.ts';
import { canonical, decimal } from '../../src/trading/money.ts';

describe('what is brought for an entry', () => {
  it.each<[string, { need: string; free: string; fixed?: string; brought?: string }, string | RegExp]>([
    ['what is missing, with one percent of the entry, rounded up', { need: '4750', free: '1000' }, '3798'],
    ['all of it where nothing is free', { need: '4750', free: '0' }, '4798'],
    ['small amounts to four digits, too', { need: '0.0123456789', free: '0.01' }, '0.00247'],
    ['as much as its owner says', { need: '4750', free: '1000', fixed: '4000' }, '4000'],
    ['exactly what is missing, if its owner says so', { need: '4750', free: '1000', fixed: '3750' }, '3750'],
    ['nothing that would not do', { need: '4750', free: '1000', fixed: '3749.99' }, /3749.99 USDT is less than the 3750 /],
    ['what is left of the day', { need: '1000', free: '0', brought: '3990' }, '1010'],
    [
      'nothing beyond the day',
      { need: '1000', free: '0', brought: '3990.01' },
      /would bring 1010, .* brought 3990.01 of its initialCapital 5000/,
    ],
    [
      'nothing beyond the day that its owner says',
      { need: '100', free: '0', fixed: '2000', brought: '3001' },
      /would bring 2000/,
    ],
  ])('is %s', (_, { need, free, fixed, brought = '0' }, expected) => {
    const answer = fundsFor({
      botName: 'b',
      asset: 'USDT',
      need: decimal(need),
      free: decimal(free),
      fixed: fixed === undefined ? null : decimal(fixed),
      brought: decimal(brought),
      capital: decimal(5_000),
    });
    if (typeof expected === 'string') expect('bring' in answer && canonical(answer.bring)).toBe(expected);
    else expect(answer).toMatchObject({ refusal: { rule: 'WALLET_FUNDS', message: expect.stringMatching(expected) } });
  });
});
