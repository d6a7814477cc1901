import { beforeEach, describe, expect, it } from 'vitest';
import { RulesWatch } from '../../../src/services/bots/rules-watch.ts';
import type { MarketRules } from '../../../src/services/exchanges/port/market-rules.ts';
import { createLogger } from '../../../src/services/logger.ts';
import type { Bot } from '../../../src/entities/trading/Bot.ts';
import { decimal } from '../../../src/trading/money.ts';
import { Gate, timersOf } from '../../simulation/gate.ts';
import { rulesWith } from '../../simulation/venue.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';

describe('the rules of a market', () => {
  let time: VirtualTime;
  let now: MarketRules[];
  /** Whether each question was asked in doubt. */
  let asked: boolean[];
  let watch: RulesWatch;
  let fails: boolean;

  beforeEach(() => {
    time = new VirtualTime(0);
    now = [rulesWith('0.1')];
    asked = [];
    fails = false;
    const market = {
      name: 'sim',
      markets: async (isDoubted = false) => {
        asked.push(isDoubted);
        if (fails) throw new Error('no answer');
        return now;
      },
    };
    watch = new RulesWatch({
      bot: { id: 'b', symbol: 'BTC/USDT' } as Bot,
      market: market as never,
      rules: rulesWith('0.1'),
      timers: timersOf(time, new Gate()),
      logger: createLogger({ level: 'silent', pretty: false }),
    });
  });

  const lookAfter = (seconds: number): Promise<string | undefined> => {
    time.now += seconds * 1_000;
    return watch.look();
  };

  it('are looked at once a minute, and sooner when an order was refused that they allow', async () => {
    await lookAfter(59);
    expect(asked).toEqual([]);
    await lookAfter(1);
    await lookAfter(9);
    watch.doubt();
    await watch.look();
    expect(asked).toEqual([false]);
    await lookAfter(1);
    await lookAfter(10);
    expect(asked).toEqual([false, true]);
  });

  it.each<[changes: Partial<MarketRules>, text: string | undefined]>([
    [{}, undefined],
    [{ stepSize: decimal('0.10') }, undefined],
    [{ stepSize: decimal('0.5') }, 'the step of amounts was 0.1 and is 0.5'],
    [
      { minNotional: decimal(20), takerFeeRate: decimal('0.002') },
      'the least value of an order was 10 and is 20; the fee of takers was 0.001 and is 0.002',
    ],
    [{ takesPairs: false }, 'a stop and a target cannot be placed as one'],
    [{ isActive: false }, 'it is halted, and takes no orders'],
  ])('that are now %o: %s', async (changes, text) => {
    now = [{ ...rulesWith('0.1'), ...changes }];
    expect(await lookAfter(60)).toBe(text && `sim has changed its market BTC/USDT: ${text}`);
  });

  it('are not known while the exchange does not answer, or does not list the market: nothing has changed then', async () => {
    watch.doubt();
    fails = true;
    expect(await lookAfter(60)).toBeUndefined();
    fails = false;
    now = [];
    expect(await lookAfter(10)).toBeUndefined();
    // The doubt was not answered at first.
    expect(asked).toEqual([true, true]);
  });
});
