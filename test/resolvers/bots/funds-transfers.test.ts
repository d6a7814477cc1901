import { describe, expect, it } from 'vitest';
import { Bot } from '../../../src/entities/trading/Bot.ts';
import { FundsTransferStatus } from '../../../src/entities/trading/FundsTransfer.ts';
import { parseGlobalId } from '../../../src/resolvers/ids.ts';
import { endTransfer, writeTransfer } from '../../../src/services/bots/funds-ledger.ts';
import { systemClock } from '../../../src/services/clock.ts';
import type { EventDraft } from '../../../src/services/events/event.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import type { OrderContext } from '../../../src/services/orders/order-context.ts';
import { decimal } from '../../../src/trading/money.ts';
import { dialects } from '../../support/databases.ts';
import { tradingApp } from './trading-app.ts';

const fields = 'id version asset amount status exchangeTransferId sentAt endedAt reason botId';

describe.each(dialects)('transfers from the funding wallet over GraphQL on %s', (dialect) => {
  const trading = tradingApp(dialect);

  /** As a LIVE bot leaves one that was carried out. */
  const transferOf = async (bot: string): Promise<void> => {
    const { database } = trading.app.app;
    const botId = parseGlobalId(bot)?.uuid ?? '';
    const userId = await trading.userId(trading.ann);
    await database.transaction(async (em) => {
      const { exchange } = await em.findOneOrFail(Bot, { id: botId });
      const events: EventDraft[] = [];
      const context = { userId, botId, exchangeId: exchange.id, account: 'live:1', quoteAsset: 'USDT' } as OrderContext;
      const at = new Date('2026-01-02T03:04:05.678Z');
      const row = await writeTransfer({ em, events }, context, { amount: decimal('12.5'), fencingToken: 1, at });
      const report = { exchangeTransferId: 'x1', status: 'DONE' } as const;
      await endTransfer({ em, events }, row, { status: FundsTransferStatus.DONE, at, report });
      const [first, ...more] = events;
      await new EventLog(database, systemClock).append(em, first, ...more);
    });
  };

  it('hang on their bot, are refetched by id, told with its events, and are nobody else’s', async () => {
    const [bot, other] = [await trading.newBot(), await trading.newBot()];
    const cursor = (await trading.send('{ eventCursor }')).data?.['eventCursor'];
    await transferOf(bot);
    const list = `query ($id: ID!) { bot(id: $id) { fundsTransfers(first: 5) { nodes { ${fields} } count { value } } } }`;
    const { nodes, count } = (await trading.send(list, { id: bot })).data?.['bot'].fundsTransfers ?? {};
    expect(count.value).toBe(1);
    expect(nodes).toEqual([
      {
        id: expect.stringMatching(/^ftr_/),
        version: 2,
        asset: 'USDT',
        amount: '12.5',
        status: 'DONE',
        exchangeTransferId: 'x1',
        sentAt: '2026-01-02T03:04:05.678Z',
        endedAt: '2026-01-02T03:04:05.678Z',
        reason: null,
        botId: bot,
      },
    ]);
    expect((await trading.send(list, { id: other })).data?.['bot'].fundsTransfers.nodes).toEqual([]);

    const byId = `query ($id: ID!) { node(id: $id) { ... on FundsTransfer { ${fields} } } }`;
    expect((await trading.send(byId, { id: nodes[0].id })).data).toEqual({ node: nodes[0] });
    expect((await trading.send(byId, { id: nodes[0].id }, trading.bob)).data).toEqual({ node: null });

    const item = `__typename ... on FundsTransferChanged { transfer { ${fields} } }`;
    const events = `query ($since: EventCursor) { events(since: $since, types: [BOT]) { items { ${item} } } }`;
    const { items } = (await trading.send(events, { since: cursor })).data?.['events'] ?? {};
    expect(items).toMatchObject([{ transfer: { status: 'SENT', version: 1, endedAt: null } }, { transfer: nodes[0] }]);
    const stream = `subscription ($after: EventCursor, $botId: ID) { botStateChanged(after: $after, botId: $botId) { ${item} } }`;
    const { value } = await trading.app.subscribe(stream, { after: cursor, botId: bot }, trading.ann.token).next();
    expect(value.data).toEqual({ botStateChanged: items[0] });
  });

  it('are off unless said, and refused for a PAPER bot in a sentence', async () => {
    const query = 'query ($id: ID!) { bot(id: $id) { autoTransferFunds transferAmount } }';
    const bot = await trading.newBot();
    expect((await trading.send(query, { id: bot })).data?.['bot']).toEqual({ autoTransferFunds: false, transferAmount: null });
    const create = 'mutation ($input: CreateBotInput!) { createBot(input: $input) { bot { id } errors { code message path } } }';
    const input = await trading.botInput({ autoTransferFunds: true, transferAmount: '10' });
    expect((await trading.send(create, { input })).data?.['createBot']).toEqual({
      bot: null,
      errors: [
        {
          code: 'FORBIDDEN_FOR_MODE',
          message: expect.stringContaining('leave autoTransferFunds out, or choose LIVE'),
          path: ['input', 'autoTransferFunds'],
        },
      ],
    });
  });
});
