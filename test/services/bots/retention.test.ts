import { expect, it, vi } from 'vitest';
import { Retention } from '../../../src/app/retention.ts';
import { BotRequest } from '../../../src/entities/operations/BotRequest.ts';
import { RefusedOrder } from '../../../src/entities/operations/RefusedOrder.ts';
import { BotState } from '../../../src/entities/trading/BotState.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { decimal } from '../../../src/trading/money.ts';
import { World } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const day = 86_400_000;

describeOnEachDatabase('refused orders and requests to bots', (open) => {
  it('go when they are older than they are kept: 90 days and a week', async () => {
    const database = await open();
    const world = await new World(database).seed();
    const ann = await world.newViewer();
    const botId = await world.newBot(ann);
    const { bot } = await database.system().findOneOrFail(BotState, { bot: botId }, { populate: ['bot'] });
    const now = new Date('2026-11-28T00:00:00Z');
    const ago = (days: number): Date => new Date(now.getTime() - days * day);
    await database.transaction(async (em) => {
      const refused = { user: ann.userId, bot: botId, exchange: bot.$.exchange, symbol: 'BTC/USDT', side: 'BUY' as const };
      for (const createdAt of [ago(91), ago(89)])
        em.create(RefusedOrder, {
          ...refused,
          type: 'MARKET',
          amount: decimal(1),
          price: decimal(1),
          isPaper: true,
          refusals: [],
          createdAt,
        });
      for (const createdAt of [ago(8), ago(6)])
        em.create(BotRequest, { user: ann.userId, bot: botId, kind: 'CLOSE_POSITION', body: {}, result: null, createdAt });
      await em.flush();
    });
    const retention = new Retention(database, { now: () => now }, createLogger({ level: 'silent', pretty: false }), 90);
    const left = async (): Promise<(Date | undefined)[]> => {
      const em = database.system();
      return [...(await em.find(RefusedOrder, {})), ...(await em.find(BotRequest, {}))].map(({ createdAt }) => createdAt);
    };
    retention.start();
    try {
      await vi.waitFor(async () => expect(await left()).toEqual([ago(89), ago(6)]), { timeout: 20_000, interval: 50 });
    } finally {
      await retention.stop();
    }
  });
});
