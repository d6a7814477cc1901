import { beforeAll, describe, expect, it } from 'vitest';
import { Bot } from '../../src/entities/trading/Bot.ts';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import type { BotRisk } from '../../src/services/bots/bot-input.ts';
import type { Database } from '../../src/services/database/index.ts';
import type { LogEntryView } from '../../src/services/events/log-line.ts';
import { PaperExchange } from '../../src/services/exchanges/paper/paper-exchange.ts';
import { DatabasePaperStore } from '../../src/services/exchanges/paper/database-store.ts';
import { systemTimers, type Timers } from '../../src/services/timers.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { checkLedger } from './support/invariants.ts';
import { minute, World } from './support/world.ts';

const midnight = Date.UTC(2026, 0, 6);

describeOnEachDatabase('what a running bot keeps to', (open) => {
  let database: Database;
  let ann: Viewer;

  beforeAll(async () => {
    database = await open();
    ann = await (await new World(database).seed()).newViewer();
  });

  /** A bot that wants to enter at every candle, running since three hours before midnight. */
  const running = async (risk: BotRisk, tradingOptions: Record<string, unknown> = {}): Promise<{ world: World; id: string }> => {
    const world = new World(database, midnight - 180 * minute);
    const strategy = await world.strategies.create(ann, { name: `hold ${++names}`, kind: 'BUILT_IN', builtIn: 'buy-and-hold' });
    const id = await world.newBot(ann, { strategyId: strategy.id, risk: { initialCapital: decimal(10_000), ...risk } });
    await database.transaction((em) => em.nativeUpdate(Bot, { id }, { tradingOptions }));
    await world.supervisor.start();
    await world.bots.start(ann, id);
    await world.settled();
    return { world, id };
  };
  let names = 0;
  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  /** When it entered, in minutes since midnight. */
  const entriesOf = async (id: string): Promise<number[]> => {
    const wanted = { bot: id, side: 'BUY', status: 'FILLED' } as const;
    const orders = await database.system().find(Order, wanted, { orderBy: { executedAt: 'asc' } });
    return orders.map(({ executedAt }) => ((executedAt?.getTime() ?? 0) - midnight) / minute);
  };
  /** The lines of its log. */
  const saidBy = async (world: World, id: string): Promise<string[]> => {
    const events = (await world.events(ann)).filter(({ type, subjects }) => type === 'LOG_APPENDED' && subjects.botId === id);
    return events.map(({ payload }) =>
      (payload as LogEntryView).message.replace(/^bot ".*" makes no entry that its strategy wants: /, ''),
    );
  };
  /** Both sides of midnight; and that the books are right. */
  const overMidnight = async (world: World, id: string): Promise<{ before: number[]; after: number[]; said: string[] }> => {
    await world.pass(300 * minute);
    await checkLedger(database, id);
    const entries = await entriesOf(id);
    const said = await saidBy(world, id);
    expect((await stateOf(id)).status).toBe('RUNNING');
    await world.supervisor.stop();
    await database.transaction((em) => em.nativeUpdate(BotState, { bot: id }, { status: 'STOPPED' }));
    return { before: entries.filter((at) => at < 0), after: entries.filter((at) => at >= 0), said };
  };

  it('makes as many entries a day as it may, says that it makes no more, and goes on after midnight', async () => {
    const { world, id } = await running({ stopLossPercent: decimal('0.1'), maxDailyTrades: 2 });
    const { before, after, said } = await overMidnight(world, id);
    expect([before.length, after.length]).toEqual([2, 2]);
    const sentence = 'it has made its 2 entries of the UTC day; it enters again tomorrow';
    expect(said).toEqual([sentence, sentence]);
  });

  it('enters nothing more on a day that has lost too much, says so once, and goes on after midnight', async () => {
    const { world, id } = await running({ stopLossPercent: decimal('0.1'), maxDailyLossPercent: decimal('0.5') });
    await world.pass(179 * minute);
    const { dailyPnl } = await stateOf(id);
    expect(dailyPnl.lte(-50)).toBe(true);
    // It stopped at the entry that reached the limit: two more would have cost as much again.
    expect(dailyPnl.gt(-110)).toBe(true);
    const held = (await entriesOf(id)).length;
    const { before, after, said } = await overMidnight(world, id);
    expect(before.length).toBe(held);
    expect(Math.max(...before)).toBeLessThan(-60);
    expect(after.length).toBeGreaterThan(0);
    expect(said[0]).toBe('its loss since the UTC day began has reached its limit of 0.5 %; it enters again tomorrow');
    expect(said.length).toBeLessThanOrEqual(2);
  });

  it('enters nothing more on a day that has reached its target, says so once, and goes on after midnight', async () => {
    const { world, id } = await running({ takeProfitPercent: decimal('0.35'), dailyTargetPercent: decimal('0.1') });
    const { before, after, said } = await overMidnight(world, id);
    expect(before).toHaveLength(1);
    expect(after.length).toBeGreaterThan(0);
    expect(said[0]).toBe('its profit since the UTC day began has reached its target of 0.1 %; it enters again tomorrow');
    expect(said.length).toBeLessThanOrEqual(2);
  });

  it('that has too little left for what the market takes says so once a day, and enters nothing', async () => {
    const { world, id } = await running({ initialCapital: decimal('5.3') });
    const { before, after, said } = await overMidnight(world, id);
    expect([before, after]).toEqual([[], []]);
    const sentence = 'a position of its size is worth less than the market takes, 5';
    expect(said).toEqual([sentence, sentence]);
  });

  it('rests after an exit for as many candles as it was told, says so each time, and enters again', async () => {
    const { world, id } = await running({ stopLossPercent: decimal('0.1') }, { cooldownCandles: 15 });
    const exits = async (): Promise<number[]> => {
      const orders = await database.system().find(Order, { bot: id, reduceOnly: true, status: 'FILLED' });
      return orders.map(({ executedAt }) => ((executedAt?.getTime() ?? 0) - midnight) / minute);
    };
    const { before, after, said } = await overMidnight(world, id);
    const entries = [...before, ...after];
    expect(entries.length).toBeGreaterThan(3);
    for (const exit of await exits()) {
      const next = entries.find((entry) => entry > exit);
      if (next !== undefined) expect(next - exit).toBeGreaterThanOrEqual(15);
    }
    expect(new Set(said)).toEqual(new Set(['it rests for 15 candles after an exit']));
    expect(said.length).toBeGreaterThanOrEqual(entries.length - 1);
  });

  describe('the interval of its checks', () => {
    it.each([
      [5, [4_000, 6_000, 10_000, 12_000]],
      [60, [58_000, 60_000, 118_000, 120_000]],
    ])('of %i s: it looks at its open orders so often, whatever the news', async (checkIntervalSeconds, moments) => {
      let elapsed = 0;
      let check = (): void => undefined;
      const timers: Timers = {
        ...systemTimers,
        elapsed: () => elapsed,
        every: (ms, callback) => {
          // Those of the runner; what looks for bots and halts goes on by itself.
          if (ms !== 2_000) return systemTimers.every(ms, callback);
          check = callback;
          return () => undefined;
        },
      };
      let looks = 0;
      const world = new World(database, midnight, {
        timers,
        openPaper: async (account, market, symbols, token) => {
          const store = new DatabasePaperStore(database);
          const exchange = await PaperExchange.open({ account, market, store, symbols, token });
          const openOrders = exchange.openOrders.bind(exchange);
          exchange.openOrders = (symbol) => {
            looks += 1;
            return openOrders(symbol);
          };
          return exchange;
        },
      });
      const id = await world.newBot(ann, { checkIntervalSeconds });
      await world.supervisor.start();
      await world.bots.start(ann, id);
      await world.settled();
      const atStart = looks;
      const seen: number[] = [];
      for (const moment of moments) {
        for (; elapsed < moment; elapsed += 2_000, check()) await world.settled();
        await world.settled();
        seen.push(looks - atStart);
      }
      expect(seen).toEqual([0, 1, 1, 2]);
      await world.supervisor.stop();
      await database.transaction((em) => em.nativeUpdate(BotState, { bot: id }, { status: 'STOPPED' }));
    });
  });
});
