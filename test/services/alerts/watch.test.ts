import { beforeAll, beforeEach, expect, it } from 'vitest';
import { Alert } from '../../../src/entities/operations/Alert.ts';
import { AlertTrigger } from '../../../src/entities/operations/AlertTrigger.ts';
import type { AlertConditionInput } from '../../../src/services/alerts/alert-input.ts';
import { AlertService } from '../../../src/services/alerts/alert-service.ts';
import { TriggerRetention } from '../../../src/services/alerts/retention.ts';
import type { AlertTriggered } from '../../../src/services/alerts/views.ts';
import { AlertWatch } from '../../../src/services/alerts/watch/alert-watch.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError } from '../../../src/services/errors.ts';
import type { EventDraft } from '../../../src/services/events/event.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import { logLine } from '../../../src/services/events/log-line.ts';
import type { CandleSource } from '../../../src/services/exchanges/port/market-data.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { LogBook } from '../../../src/services/logs/log-book.ts';
import { MarketCatalogue } from '../../../src/services/market-data/catalogue.ts';
import type { Timers } from '../../../src/services/timers.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';
import { aUser, aWorld, stored } from '../../contract/storage/builders.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { rules, ScriptedMarket, start, symbol } from '../exchanges/paper/scripted-market.ts';

const logger = createLogger({ level: 'silent', pretty: false });
const second = 1_000;
const day = 86_400 * second;
const above = (price: string): AlertConditionInput => ({
  price: { market: { exchange: 'sim', symbol }, direction: 'ABOVE', price: decimal(price) },
});

describeOnEachDatabase('alerts, looked at', (open) => {
  let database: Database;
  let log: EventLog;
  let viewer: Viewer;
  let botId: string;
  /** Of every process: tests move it. */
  let now: number;
  let market: ScriptedMarket;
  let alerts: AlertService;
  const clock = { now: () => new Date(now) };
  const timers: Timers = { after: () => () => {}, every: () => () => {}, elapsed: () => now };
  const processes: AlertWatch[] = [];

  beforeAll(async () => {
    database = await open();
    const source = { name: 'sim', markets: () => Promise.resolve([rules]) } as unknown as CandleSource;
    await new MarketCatalogue(database).seed([source]);
  });

  beforeEach(async () => {
    now = start;
    // What other tests have left is nobody's business.
    await database.system().nativeDelete(Alert, {});
    market = new ScriptedMarket();
    log = new EventLog(database, clock);
    new LogBook(database, log, clock).start();
    const world = await stored(database, (em) => aWorld(em));
    viewer = { userId: world.user.id, role: 'TRADER', scopes: ['READ', 'TRADE'] };
    botId = world.bot.id;
    const markets = new MarketCatalogue(database);
    alerts = new AlertService({ database, markets, marketOf: () => market, onChanged: () => {} });
    return async () => {
      for (const one of processes.splice(0)) await one.stop();
      now += day;
    };
  });

  /** A process that looks at alerts; it looks anew when a test says so. */
  const aProcess = async (marketOf: () => ScriptedMarket = () => market): Promise<AlertWatch> => {
    const watch = new AlertWatch({ database, log, clock, timers, logger, marketOf, leaseMs: 10 * second });
    processes.push(watch);
    await watch.start();
    await watch.settled();
    return watch;
  };
  const create = async (condition: AlertConditionInput, others: object = {}): Promise<string> =>
    (await alerts.create(viewer, { name: 'an alert', condition, ...others })).id;
  const told = async (): Promise<string[]> =>
    (await database.system().find(AlertTrigger, { user: viewer.userId }, { orderBy: { createdAt: 'asc', id: 'asc' } })).map(
      ({ message, value }) => `${value === null ? '' : `${value.toFixed()} `}${message}`,
    );
  const values = async (): Promise<(number | undefined)[]> =>
    (await database.system().find(AlertTrigger, { user: viewer.userId }, { orderBy: { createdAt: 'asc', id: 'asc' } })).map(
      ({ value }) => value?.toNumber(),
    );
  /** What the market tells, one after the other, each looked at before the next comes. */
  const price = async (watch: AlertWatch, index: number, high: number, low: number, close: number): Promise<void> => {
    market.price(index, close, high, low, close);
    await watch.settled();
  };
  const append = (draft: Omit<EventDraft, 'userId'>): Promise<number> =>
    database.transaction((em) => log.append(em, { userId: viewer.userId, ...draft }));
  const fill = (price: string): Promise<number> =>
    append({
      type: 'ORDER_FILLED',
      subjects: { botId },
      payload: { trade: { side: 'BUY', amount: '1', symbol, price }, order: { status: 'FILLED' } },
    });
  const position = (type: 'POSITION_CHANGED' | 'POSITION_CLOSED', unrealizedPnl: string, realizedPnl = '0'): Promise<number> =>
    append({ type, subjects: { botId }, payload: { position: { symbol, unrealizedPnl, realizedPnl }, closedTrade: null } });
  const read = async (watch: AlertWatch): Promise<void> => {
    await watch.look();
    await watch.settled();
  };

  it('tell a price once, and again when it has come back as far as the hysteresis asks', async () => {
    const id = await create(above('100'), { cooldownSeconds: 0, hysteresis: decimal('5') });
    const watch = await aProcess();
    await price(watch, 0, 99, 98, 99);
    await price(watch, 0, 101, 98, 101);
    await price(watch, 0, 102, 96, 96);
    await price(watch, 0, 103, 96, 103);
    expect(await values()).toEqual([101]);
    await price(watch, 1, 97, 95, 95);
    await price(watch, 1, 110, 95, 97);
    expect(await values()).toEqual([101, 110]);
    const { version, triggeredAt } = await database.system().findOneOrFail(Alert, { id });
    expect([version, triggeredAt?.getTime()]).toEqual([1, start + 61 * second]);
  });

  it('write history, event and line of the log together', async () => {
    const id = await create(above('100'));
    const watch = await aProcess();
    await price(watch, 0, 120, 90, 120);
    const events = await log.read(viewer.userId, 0, 100);
    expect(events.map(({ type }) => type)).toEqual(['ALERT_TRIGGERED', 'LOG_APPENDED']);
    const { trigger, alert } = events[0].payload as AlertTriggered;
    expect(events[0].subjects.alertId).toBe(id);
    expect(alert).toMatchObject({ id, name: 'an alert', triggeredAt: new Date(start + second).toISOString() });
    expect((await alerts.triggersByIds(viewer, [trigger.id])).get(trigger.id)).toMatchObject({
      value: '120',
      message: `sim ${symbol} is at or above 100: it was 120`,
    });
    expect(events[1].payload).toMatchObject({ level: 'INFO', message: expect.stringMatching(/^alert "an alert": sim/) });
  });

  it('do not tell what a candle had reached before they were made', async () => {
    market.price(0, 90, 150, 80, 90);
    await create(above('100'));
    const watch = await aProcess();
    await price(watch, 0, 150, 80, 95);
    expect(await told()).toEqual([]);
    await price(watch, 0, 151, 80, 95);
    expect(await values()).toEqual([151]);
  });

  it('rest for the cooldown, and tell afterwards what is still so', async () => {
    await create(above('100'), { cooldownSeconds: 120 });
    const watch = await aProcess();
    await price(watch, 0, 101, 101, 101);
    await price(watch, 1, 99, 99, 99);
    await price(watch, 1, 105, 99, 105);
    expect(await values()).toEqual([101]);
    await price(watch, 2, 106, 104, 106);
    expect(await values()).toEqual([101, 106]);
  });

  it('tell crossings in both directions, and moves within a window', async () => {
    const crossed = { price: { market: { exchange: 'sim', symbol }, direction: 'CROSSES', price: decimal('100') } } as const;
    await create(crossed, { cooldownSeconds: 0 });
    const move = { move: { market: { exchange: 'sim', symbol }, percent: decimal('10'), windowSeconds: 180 } } as const;
    await create(move, { cooldownSeconds: 0 });
    const watch = await aProcess();
    for (const [index, close] of [90, 95, 101, 102, 98].entries()) {
      market.close(index, close, close, close, close);
      await watch.settled();
    }
    expect((await told()).toSorted()).toEqual([
      `101 sim ${symbol} has risen through 100: it was 101`,
      `12.222222 sim ${symbol} has risen by 12.22 % from 90 to 101`,
      `98 sim ${symbol} has fallen through 100: it was 98`,
    ]);
  });

  it('tell when a condition of rules becomes true at the close of a candle', async () => {
    const rule = {
      above: { left: { price: { source: 'CLOSE' } }, right: { indicator: { name: 'SMA', parameters: { period: 3 } } } },
    };
    await create({ indicator: { market: { exchange: 'sim', symbol }, timeframe: 'M1', rule } }, { cooldownSeconds: 0 });
    for (const [index, close] of [10, 9, 8].entries()) market.close(index, close, close, close, close);
    const watch = await aProcess();
    for (const [offset, close] of [7, 12, 13, 5, 14].entries()) {
      market.price(3 + offset, close, 99, close, 99);
      market.close(3 + offset, close, close, close, close);
      await watch.settled();
    }
    expect(await values()).toEqual([12, 14]);
  });

  it('miss nothing that happened while no process ran, and tell nothing twice', async () => {
    await create(above('100'), { cooldownSeconds: 0 });
    await create({ orderFilled: { botId } });
    let isDead = false;
    const ofFirst = Object.assign(Object.create(market) as ScriptedMarket, {
      subscribeCandles: (...[name, timeframe, listener]: Parameters<ScriptedMarket['subscribeCandles']>) =>
        market.subscribeCandles(name, timeframe, (update) => {
          if (!isDead) listener(update);
        }),
    });
    const first = await aProcess(() => ofFirst);
    await price(first, 0, 90, 90, 90);
    await fill('1');
    await read(first);
    // It is killed: nothing is given back, nothing more is written down.
    isDead = true;
    processes.splice(0);
    market.close(0, 90, 99, 80, 90);
    market.close(1, 90, 130, 80, 90);
    market.close(2, 90, 99, 80, 90);
    await fill('2');
    now += 5 * second;
    const heir = await aProcess();
    expect(await values()).toEqual([1]);
    now += 6 * second;
    await read(heir);
    await read(heir);
    expect(new Set(await values())).toEqual(new Set([1, 2, 130]));
    await heir.stop();
    await read(await aProcess());
    expect((await values()).length).toBe(3);
  });

  it('are looked at by one process of several, also when one that was overtaken wakes up', async () => {
    await create(above('100'), { cooldownSeconds: 0 });
    await create({ orderFilled: {} });
    const paused = await aProcess();
    const other = await aProcess();
    now += 11 * second;
    await read(other);
    market.price(0, 120, 120, 120, 120);
    await fill('7');
    for (const one of [paused, other]) one.wake(viewer.userId);
    await Promise.all([paused.settled(), other.settled()]);
    await read(other);
    await read(paused);
    expect(new Set(await values())).toEqual(new Set([7, 120]));
    expect((await values()).length).toBe(2);
  });

  it('hear of bots: failures, executions that the cooldown gathers, warnings, but not of those before', async () => {
    await fill('1');
    await create({ orderFilled: {} }, { cooldownSeconds: 60 });
    await create({ botError: { botId } });
    await create({ warning: {} });
    const watch = await aProcess();
    const moved = (previousStatus: string, status: string): Omit<EventDraft, 'userId'> => ({
      type: 'BOT_STATE_CHANGED',
      subjects: { botId },
      payload: {
        previousStatus,
        bot: { name: 'scalper', state: { status, lastErrorMessage: 'the wire was cut', dailyPnl: '0' } },
      },
    });
    for (const value of ['2', '3', '4']) await fill(value);
    await append(moved('RUNNING', 'PAUSED'));
    await append(moved('PAUSED', 'ERROR'));
    await database.transaction((em) => log.append(em, logLine(viewer.userId, 'WARN', 'a storm comes', {}, clock.now())));
    await read(watch);
    now += 61 * second;
    await fill('5');
    await read(watch);
    expect((await told()).toSorted()).toEqual([
      '2 an order was filled: BUY 1 BTC/USDT at 2',
      '5 an order was filled: BUY 1 BTC/USDT at 5; 2 more since the alert before',
      'a storm comes',
      'bot "scalper" failed: the wire was cut',
      'bot "scalper" failed: the wire was cut',
    ]);
  });

  it('follow the profit and the drawdown of a bot over its positions', async () => {
    await create(
      { pnl: { botId, direction: 'BELOW', amount: decimal('-50') } },
      { cooldownSeconds: 0, hysteresis: decimal('20') },
    );
    await create({ drawdown: { botId, percent: decimal('10') } }, { cooldownSeconds: 0 });
    const watch = await aProcess();
    // 10,000 to begin with; the highest is 12,000, and 10 % below it are 10,800.
    await position('POSITION_CHANGED', '1500');
    await position('POSITION_CLOSED', '0', '2000');
    await position('POSITION_CHANGED', '-49');
    await position('POSITION_CHANGED', '-50');
    await position('POSITION_CHANGED', '-40');
    await position('POSITION_CHANGED', '-60');
    await position('POSITION_CHANGED', '-30');
    await position('POSITION_CHANGED', '-70');
    await position('POSITION_CLOSED', '0', '-1200');
    await read(watch);
    expect(await told()).toEqual([
      '-50 the profit of the position is -50, at or below -50',
      '-70 the profit of the position is -70, at or below -50',
      '10 the equity is 10800, 10 % below its highest of 12000',
    ]);
  });

  it('obey their owner at once: changed, switched off, deleted', async () => {
    const [changed, off, gone] = [await create(above('100')), await create(above('100')), await create(above('100'))];
    const watch = await aProcess();
    await alerts.update(viewer, { id: changed, patch: { condition: above('200') } });
    await alerts.update(viewer, { id: off, patch: { isActive: false } });
    await alerts.delete(viewer, gone);
    // Not even told: what is written is checked against the row.
    await price(watch, 0, 150, 150, 150);
    expect(await told()).toEqual([]);
    await read(watch);
    await price(watch, 0, 250, 150, 250);
    expect(await values()).toEqual([250]);
  });

  it('tell their owner once that a market cannot be looked at, and look again later', async () => {
    await create(above('100'));
    let isAway = true;
    const watch = await aProcess(() => {
      if (isAway) throw new DomainError('EXCHANGE_UNAVAILABLE', 'the exchange is closed for maintenance');
      return market;
    });
    now += 31 * second;
    await read(watch);
    const lines = async (): Promise<string[]> =>
      (await log.read(viewer.userId, 0, 100)).map(({ payload }) => (payload as { message: string }).message);
    await expect
      .poll(lines)
      .toEqual(['alert "an alert" cannot be looked at: the exchange is closed for maintenance; it is tried again']);
    isAway = false;
    now += 31 * second;
    await read(watch);
    await price(watch, 0, 150, 150, 150);
    expect(await values()).toEqual([150]);
  });

  it('keep their history as long as they are told to', async () => {
    await create(above('100'));
    const watch = await aProcess();
    await price(watch, 0, 150, 150, 150);
    await database.system().nativeUpdate(AlertTrigger, { user: viewer.userId }, { createdAt: new Date(start - 91 * day) });
    await stored(database, (em) => aUser(em));
    expect(await new TriggerRetention(database, { now: () => new Date(start) }, logger, 92).prune()).toBe(0);
    expect(await new TriggerRetention(database, { now: () => new Date(start) }, logger, 90).prune()).toBeGreaterThan(0);
    expect(await told()).toEqual([]);
  });
});
