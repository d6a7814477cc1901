import { beforeAll, describe, expect, it } from 'vitest';
import { Bot } from '../../../src/entities/trading/Bot.ts';
import { LogEntry } from '../../../src/entities/operations/LogEntry.ts';
import type { Database } from '../../../src/services/database/index.ts';
import type { EventDraft } from '../../../src/services/events/event.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import { logLine } from '../../../src/services/events/log-line.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { FeedNotes } from '../../../src/services/logs/feed-notes.ts';
import { linesOf } from '../../../src/services/logs/lines-of.ts';
import { LogBook } from '../../../src/services/logs/log-book.ts';
import { LogRetention } from '../../../src/services/logs/retention.ts';
import { keepSecret } from '../../../src/services/redact.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { aBot, aWorld, stored } from '../../contract/storage/builders.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const now = new Date('2026-11-28T12:00:00.000Z');
const clock = { now: () => now };
const logger = createLogger({ level: 'silent', pretty: false });
const day = 86_400_000;

const moved = (previousStatus: string, status: string, lastErrorMessage: string | null = null): Partial<EventDraft> => ({
  type: 'BOT_STATE_CHANGED',
  payload: { previousStatus, bot: { name: 'scalper', state: { status, lastErrorMessage } } },
});
const order = (previousStatus: string | null, status: string, rejectReason: string | null = null): Partial<EventDraft> => ({
  type: 'ORDER_CHANGED',
  payload: { previousStatus, order: { status, side: 'BUY', amount: '0.5', symbol: 'BTC/USDT', rejectReason } },
});
const job = (status: string, failureReason: string | null = null): Partial<EventDraft> => ({
  type: 'JOB_PROGRESSED',
  payload: { kind: 'BACKTEST', id: 'an id', status, failureReason },
});

describe('what an event is worth in a log', () => {
  it.each([
    [moved('STOPPED', 'STARTING'), 'INFO', 'bot "scalper" was started'],
    [moved('RUNNING', 'STARTING'), 'WARN', 'bot "scalper" is taken up again after a break: it recovers before it goes on'],
    [moved('STARTING', 'RUNNING'), 'INFO', 'bot "scalper" has reconciled and runs'],
    [moved('RUNNING', 'PAUSED'), 'INFO', 'bot "scalper" was paused'],
    [moved('PAUSED', 'RUNNING'), 'INFO', 'bot "scalper" was resumed'],
    [moved('RUNNING', 'STOPPING'), 'INFO', 'bot "scalper" is being stopped'],
    [moved('STOPPING', 'STOPPED'), 'INFO', 'bot "scalper" has stopped'],
    [moved('RUNNING', 'ERROR', 'the ledger does not add up'), 'ERROR', 'bot "scalper" failed: the ledger does not add up'],
    [{ type: 'BOT_DELETED' as const, payload: { name: 'scalper' } }, 'INFO', 'bot "scalper" was deleted'],
    [order('SENT', 'REJECTED', 'too small'), 'WARN', 'the order to BUY 0.5 BTC/USDT was rejected: too small'],
    [
      order('SENT', 'UNKNOWN'),
      'WARN',
      'the order to BUY 0.5 BTC/USDT was sent and not answered: it is looked up until its fate is known',
    ],
    [order('UNKNOWN', 'ABSENT'), 'WARN', 'the order to BUY 0.5 BTC/USDT never reached the exchange'],
    [{ type: 'RISK_LIMIT_REACHED' as const, payload: { reason: 'lost 5 of 5' } }, 'WARN', 'a risk limit halts: lost 5 of 5'],
    [job('FAILED', 'no candles'), 'ERROR', 'a backtest failed: no candles'],
    [job('COMPLETED'), 'INFO', 'a backtest is complete'],
    [job('CANCELED'), 'INFO', 'a backtest was canceled'],
  ])('%o: %s', (event, level, message) => {
    const [line, ...more] = linesOf({ userId: 'ann', ...event } as EventDraft, now);
    expect(line).toMatchObject({ userId: 'ann', type: 'LOG_APPENDED', payload: { level, message } });
    expect(more).toEqual([]);
  });

  it.each([
    [moved('RUNNING', 'RUNNING')],
    [order(null, 'INTENT')],
    [order('ACCEPTED', 'FILLED')],
    [order('REJECTED', 'REJECTED')],
    [job('RUNNING')],
    [{ type: 'POSITION_CHANGED' as const, payload: {} }],
    [{ type: 'LOG_APPENDED' as const, payload: {} }],
  ])('nothing: %o', (event) => {
    expect(linesOf({ userId: 'ann', ...event } as EventDraft, now)).toEqual([]);
  });

  it.each([
    ['binance {"apiKey":"AbC123xyz","signature":"deadbeef"}', 'binance {"apiKey":"[redacted]","signature":"[redacted]"}'],
    ['GET /order?symbol=BTC&signature=deadbeef&timestamp=1', 'GET /order?symbol=BTC&signature=[redacted]&timestamp=1'],
    ['authorization: Bearer abc.def.ghi was refused', 'authorization: [redacted] was refused'],
    ['sent with Bearer abcdefghij', 'sent with Bearer [redacted]'],
    ['the token of this bot is fine', 'the token of this bot is fine'],
    ['kraken said: EAPI:Invalid key known-to-this-process', 'kraken said: EAPI:Invalid key [redacted]'],
    ['what came: known-secret%2Fwith%2Fslashes', 'what came: [redacted]'],
  ])('no secret: %s', (message, expected) => {
    for (const secret of ['known-to-this-process', 'known-secret/with/slashes', 'short']) keepSecret(secret);
    const { payload } = logLine('ann', 'ERROR', message, {}, now);
    expect((payload as { message: string }).message).toBe(expected);
  });
});

describeOnEachDatabase('a log', (open) => {
  let database: Database;
  let events: EventLog;
  let logs: LogBook;
  beforeAll(async () => {
    database = await open();
    events = new EventLog(database, clock);
    logs = new LogBook(database, events, clock);
    logs.start();
  });
  const viewerOf = (userId: string): Viewer => ({ userId, role: 'TRADER', scopes: ['READ'] });
  const messages = async (userId: string): Promise<string[]> =>
    (await logs.page(viewerOf(userId), { first: 100 })).rows.map(({ message }) => message).toReversed();

  it('has its lines in the transaction of what they tell, as rows and as events right behind it', async () => {
    const { user, bot } = await stored(database, aWorld);
    const draft = { userId: user.id, subjects: { botId: bot.id }, ...moved('STOPPED', 'STARTING') } as EventDraft;
    expect(await database.transaction((em) => events.append(em, draft))).toBe(2);
    const told = await events.read(user.id, 0, 10);
    expect(told.map(({ type }) => type)).toEqual(['BOT_STATE_CHANGED', 'LOG_APPENDED']);
    const { rows } = await logs.page(viewerOf(user.id), { first: 10 });
    expect(rows).toMatchObject([{ botId: bot.id, level: 'INFO', message: 'bot "scalper" was started', timestamp: now }]);
    expect(told[1]).toMatchObject({ subjects: { botId: bot.id }, payload: { id: rows[0].id, timestamp: now.toISOString() } });

    const undone = database.transaction(async (em) => {
      await events.append(em, draft);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await logs.count(viewerOf(user.id))).toMatchObject({ value: 1 });
    expect(await events.head(user.id)).toBe(2);
  });

  it('goes with its bot, is nobody else’s, and is kept for so many days', async () => {
    const { user, bot } = await stored(database, aWorld);
    const other = await stored(database, aWorld);
    const line = (ageDays: number, about: { botId?: string } = {}): EventDraft =>
      logLine(user.id, 'INFO', `of ${ageDays} days`, about, new Date(now.getTime() - ageDays * day));
    await logs.append(line(31), line(29), line(1), line(0, { botId: bot.id }));
    expect(await messages(other.user.id)).toEqual([]);
    const [{ id }] = (await logs.page(viewerOf(user.id), { first: 1 })).rows;
    expect((await logs.byIds(viewerOf(other.user.id), [id])).size).toBe(0);
    expect((await logs.byIds(viewerOf(user.id), [id])).size).toBe(1);

    const retention = new LogRetention(database, clock, logger, 30);
    expect(await retention.prune()).toBe(1);
    expect(await messages(user.id)).toEqual(['of 29 days', 'of 1 days', 'of 0 days']);
    await database.transaction((em) => em.nativeDelete(Bot, { id: bot.id }));
    expect(await messages(user.id)).toEqual(['of 29 days', 'of 1 days']);
    expect(await database.systemRows().countUpTo(LogEntry)).toMatchObject({ value: 3 });
  });

  it('tells a bot’s owner that its candles come badly, and well again, of the bots that run here', async () => {
    const world = await stored(database, (em) => {
      const made = aWorld(em);
      return { ...made, elsewhere: aBot(em, made, 'elsewhere') };
    });
    const { user, bot, exchange } = world;
    const notes = new FeedNotes({ database, logs, clock, logger, runsHere: (id) => id === bot.id });
    const { name } = exchange;
    const feed = { exchange: name, symbol: bot.symbol, timeframe: bot.timeframe };
    notes.changed(feed, null);
    notes.changed(feed, 'nothing for 90 s');
    notes.changed({ ...feed, symbol: 'DOGE/USDT' }, 'nothing for 90 s');
    notes.changed(feed, null);
    notes.changed(feed, null);
    await notes.settled();
    const series = `${name} ${bot.symbol} ${bot.timeframe}`;
    const { rows } = await logs.page(viewerOf(user.id), { first: 10 });
    expect(rows.map(({ level, message, botId }) => [level, message, botId]).toReversed()).toEqual([
      ['WARN', `candles of ${series} come badly: nothing for 90 s`, bot.id],
      ['INFO', `candles of ${series} come well again`, bot.id],
    ]);
  });
});
