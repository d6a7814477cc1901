import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bot } from '../../../src/entities/trading/Bot.ts';
import { ClosedTrade } from '../../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../../src/entities/trading/Order.ts';
import { Position } from '../../../src/entities/trading/Position.ts';
import { Trade } from '../../../src/entities/trading/Trade.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError } from '../../../src/services/errors.ts';
import type { EventDraft } from '../../../src/services/events/event.ts';
import type { Execution, Fill, OrderReport, OrderRequest } from '../../../src/services/exchanges/port/orders.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { writeOffDust } from '../../../src/services/orders/dust-ledger.ts';
import type { OrderContext } from '../../../src/services/orders/order-context.ts';
import { Books } from '../../../src/services/bots/books.ts';
import { accountingDifferences, ledgerOf } from '../../../src/services/reconciliation/accounting.ts';
import { OrderDesk } from '../../../src/services/orders/order-desk.ts';
import type { OrderPurpose } from '../../../src/services/orders/signal.ts';
import { systemTimers } from '../../../src/services/timers.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import type { OrderStatus } from '../../../src/trading/order.ts';
import type { ExitReason } from '../../../src/trading/position.ts';
import { approve } from '../../../src/trading/risk.ts';
import { World } from '../../scenarios/support/world.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

type Answer = 'accept' | 'reject' | 'short' | 'time out' | 'break' | 'accept and break' | 'end at once' | 'duplicate';

/** An exchange that does to orders what a test says, and remembers what it was asked. */
class ScriptedExchange {
  readonly name = 'scripted';
  refusesPredecessors = false;
  time = Date.UTC(2026, 0, 1);
  answer: Answer = 'accept';
  refusal = 'not today';
  lookUp: 'found' | 'missing' | 'fails' | 'archived' = 'found';
  readonly sent: OrderRequest[] = [];
  readonly orders = new Map<string, OrderReport>();
  readonly fills: Fill[] = [];
  lookUps = 0;

  now(): number {
    return this.time;
  }
  markets = (): Promise<[]> => Promise.resolve([]);
  openOrders = (): Promise<OrderReport[]> => Promise.resolve([...this.orders.values()]);
  balances = (): Promise<[]> => Promise.resolve([]);
  subscribeExecutions = () => () => undefined;
  settled = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
  fillsSince = (): Promise<Fill[]> => Promise.resolve(this.fills);

  async submit(request: OrderRequest): Promise<OrderReport> {
    this.sent.push(request);
    if (this.answer === 'reject') throw new DomainError('EXCHANGE_REJECTED', this.refusal);
    if (this.answer === 'short') throw new DomainError('INSUFFICIENT_BALANCE', 'too poor');
    if (this.answer === 'duplicate') throw new DomainError('EXCHANGE_UNAVAILABLE', 'taken', { details: { kind: 'DUPLICATE' } });
    if (this.answer === 'break') throw new TypeError('Unexpected token < in JSON');
    if (this.answer === 'time out') return new Promise<never>(() => undefined);
    const report = this.report(request, this.answer === 'end at once' ? 'CANCELED' : 'ACCEPTED');
    if (this.answer === 'accept and break') throw new TypeError('Unexpected end of input');
    return report;
  }

  report(request: OrderRequest, status: OrderStatus, filledAmount = decimal(0), reason?: string): OrderReport {
    const { clientOrderId, symbol, side, type, amount } = request;
    const report: OrderReport = {
      clientOrderId,
      exchangeOrderId: `x-${clientOrderId}`,
      symbol,
      side,
      type,
      amount,
      filledAmount,
      reduceOnly: request.reduceOnly ?? false,
      status,
      updatedAt: this.time,
      ...(reason && { reason }),
    };
    this.orders.set(clientOrderId, report);
    return report;
  }

  /** Fills a part of an order; answers the news of it. */
  fill(
    request: OrderRequest,
    amount: string,
    price: string,
    { at = this.time, id = `t${this.fills.length + 1}`, fee = '0.5', feeCurrency = 'USDT' } = {},
  ): Execution {
    const before = this.orders.get(request.clientOrderId)?.filledAmount ?? decimal(0);
    const filled = before.add(decimal(amount));
    const order = this.report(request, filled.gte(request.amount) ? 'FILLED' : 'PARTIALLY_FILLED', filled);
    const { clientOrderId, symbol, side } = request;
    const fill: Fill = {
      exchangeTradeId: `${clientOrderId}-${id}`,
      exchangeOrderId: order.exchangeOrderId,
      clientOrderId,
      symbol,
      side,
      price: decimal(price),
      amount: decimal(amount),
      fee: decimal(fee),
      feeCurrency,
      liquidity: 'TAKER',
      at,
    };
    this.fills.push(fill);
    return { order, fill };
  }

  async cancel(_symbol: string, clientOrderId: string): Promise<OrderReport> {
    const known = this.orders.get(clientOrderId);
    if (!known) throw new DomainError('NOT_FOUND', 'no such order');
    if (known.status === 'FILLED') return known;
    const canceled: OrderReport = { ...known, status: 'CANCELED' };
    this.orders.set(clientOrderId, canceled);
    return canceled;
  }

  async order(_symbol: string, clientOrderId: string): Promise<OrderReport | undefined> {
    this.lookUps += 1;
    if (this.lookUp === 'fails') throw new DomainError('EXCHANGE_UNAVAILABLE', 'no answer');
    if (this.lookUp === 'archived')
      throw new DomainError('EXCHANGE_UNAVAILABLE', 'ended long ago', { details: { kind: 'ARCHIVED' } });
    return this.lookUp === 'missing' ? undefined : this.orders.get(clientOrderId);
  }
}

describeOnEachDatabase('the order desk', (open) => {
  let database: Database;
  let world: World;
  let botId: string;
  let userId: string;
  let exchange: ScriptedExchange;
  let desk: OrderDesk;
  let context: OrderContext;
  let heard: string[];
  let isWanted: boolean;
  /** How long this process stands still in each transaction, by its own monotonic clock. */
  let standsStillMs: number;
  let elapsedMs: number;
  /** How far the exchange's clock gets in each transaction: a simulated one may run hundreds of times as fast. */
  let exchangePassesMs: number;
  let candleTime = 0;
  let deskEvents: EventDraft[];

  beforeAll(async () => {
    database = await open();
    world = await new World(database).seed();
  });

  beforeEach(async () => {
    const viewer = await world.newViewer();
    userId = viewer.userId;
    botId = await world.newBot(viewer);
    const bot = await database.system().findOneOrFail(Bot, { id: botId });
    exchange = new ScriptedExchange();
    heard = [];
    deskEvents = [];
    isWanted = true;
    standsStillMs = 0;
    elapsedMs = 0;
    exchangePassesMs = 0;
    context = {
      userId,
      botId,
      botName: bot.name,
      strategyId: bot.strategy.id,
      strategyName: 'cross',
      exchangeId: bot.exchange.id,
      account: `paper:${botId}`,
      symbol: 'BTC/USDT',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      marketType: 'SPOT',
      stepSize: decimal('0.1'),
      leverage: decimal(1),
      isPaper: true,
    };
    desk = new OrderDesk({
      context,
      exchange,
      timers: { ...systemTimers, elapsed: () => elapsedMs },
      listener: {
        filled: async (_tx, { order, trade, closedTrade }) =>
          void heard.push(`filled ${canonical(trade.amount)} ${order.status}${closedTrade ? ' closed' : ''}`),
        ended: async (_tx, order) => void heard.push(`ended ${order.status}`),
        isWanted: () => Promise.resolve(isWanted),
      },
      read: (work) => work(database.system()),
      openOrders: () => new Books({ database, context }).openOrders(),
      transact: (work) =>
        database.transaction(async (em) => {
          const tx = { em, events: [] as EventDraft[] };
          const result = await work(tx);
          exchange.time += exchangePassesMs;
          elapsedMs += standsStillMs;
          deskEvents.push(...tx.events);
          const [first, ...more] = tx.events;
          if (first) await world.log.append(em, first, ...more);
          return result;
        }),
      fencingToken: 1,
      idKey: new Uint8Array(32),
      logger: createLogger({ level: 'silent', pretty: false }),
      // Long enough for a transaction on a busy machine: one of the tests writes while its answer is awaited.
      deadlineMs: 1_500,
    });
  });

  const intend = (
    changes: { side?: 'BUY' | 'SELL'; amount?: string; purpose?: OrderPurpose; at?: number; exitReason?: ExitReason } = {},
  ): Promise<string> => {
    const side = changes.side ?? 'BUY';
    const reduceOnly = side === 'SELL';
    const approval = approve(
      { side, type: 'MARKET', amount: decimal(changes.amount ?? '2'), reduceOnly, referencePrice: decimal(100) },
      {
        botName: 'x',
        marketType: 'SPOT',
        leverage: decimal(1),
        maxDailyLossPercent: null,
        dailyTargetPercent: null,
        maxDailyTrades: null,
        stepSize: decimal('0.1'),
        minNotional: decimal(1),
      },
      {
        available: decimal(10_000),
        dayStartEquity: decimal(1),
        dailyPnl: decimal(0),
        dailyTrades: 0,
        positionSide: 'LONG',
        positionQuantity: decimal(100),
      },
    );
    if (!approval.ok) throw new Error('refused');
    const purpose = changes.purpose ?? (reduceOnly ? 'EXIT' : 'ENTRY');
    return database.transaction(async (em) => {
      const tx = { em, events: [] as EventDraft[] };
      const order = await desk.intend(tx, {
        order: approval.order,
        purpose,
        candleTime: changes.at ?? ++candleTime,
        exitReason: changes.exitReason ?? (reduceOnly ? 'SIGNAL' : null),
      });
      return order.id;
    });
  };
  const rowOf = (id: string): Promise<Order> => database.system().findOneOrFail(Order, { id });
  const trades = (): Promise<number> => database.system().count(Trade, { bot: botId });

  it('keeps as much of a long refusal as fits, in whole characters', async () => {
    const id = await intend();
    exchange.answer = 'reject';
    exchange.refusal = 'x'.repeat(1_999) + '😀';
    await desk.send(id);
    expect(await rowOf(id)).toMatchObject({ status: 'REJECTED', rejectReason: 'x'.repeat(1_999) });
  });

  it('writes an order down before it is sent, sends it once, and writes the answer down', async () => {
    const id = await intend();
    expect(await rowOf(id)).toMatchObject({
      status: 'INTENT',
      submittedAt: null,
      signalKey: `${candleTime}:ENTRY:1`,
      attempt: 1,
    });
    expect(exchange.sent).toEqual([]);
    await desk.send(id, 123);
    expect(exchange.sent).toMatchObject([{ side: 'BUY', type: 'MARKET', decidedAt: 123, reduceOnly: false }]);
    expect(await rowOf(id)).toMatchObject({
      status: 'ACCEPTED',
      exchangeOrderId: `x-${exchange.sent[0].clientOrderId}`,
      submittedAt: new Date(exchange.time),
    });
    await desk.send(id);
    expect(exchange.sent).toHaveLength(1);
  });

  it('gives the same signal another attempt, never the same name twice', async () => {
    const [one, two] = [await rowOf(await intend({ at: 77 })), await rowOf(await intend({ at: 77 }))];
    expect([one.signalKey, two.signalKey]).toEqual(['77:ENTRY:1', '77:ENTRY:2']);
    expect(one.clientOrderId).not.toBe(two.clientOrderId);
  });

  it('does not wait for an answer while something halts the bot: the order is of unknown fate, and looked up later', async () => {
    exchange.answer = 'time out';
    const id = await intend();
    const sending = desk.send(id);
    await expect.poll(() => exchange.sent.length).toBe(1);
    desk.stopWaiting();
    await sending;
    expect(await rowOf(id)).toMatchObject({ status: 'UNKNOWN', rejectReason: expect.stringContaining('a halt did not wait') });
    expect(exchange.lookUps).toBe(0);
    exchange.report(exchange.sent[0], 'ACCEPTED');
    await desk.resolveUnknown();
    expect((await rowOf(id)).status).toBe('ACCEPTED');
  });

  it('waits for the answer to what the halt itself sends', async () => {
    const id = await intend({ side: 'SELL', exitReason: 'RISK_LIMIT' });
    let answer = (): void => undefined;
    const submit = exchange.submit.bind(exchange);
    exchange.submit = async (request) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return submit(request);
    };
    const sending = desk.send(id);
    await expect.poll(async () => (await rowOf(id)).status).toBe('SENT');
    desk.stopWaiting();
    answer();
    await sending;
    expect([exchange.sent[0].isUrgent, (await rowOf(id)).status]).toEqual([true, 'ACCEPTED']);
  });

  it.each<[Answer, OrderStatus, string[]]>([
    ['reject', 'REJECTED', ['ended REJECTED']],
    ['short', 'REJECTED', ['ended REJECTED']],
    ['end at once', 'CANCELED', ['ended CANCELED']],
  ])('takes "%s" for a no: %s', async (answer, status, expected) => {
    exchange.answer = answer;
    const id = await intend();
    await desk.send(id);
    expect((await rowOf(id)).status).toBe(status);
    expect(heard).toEqual(expected);
    expect(exchange.lookUps).toBe(0);
  });

  it.each([
    [5_000, 1, 'ACCEPTED', []],
    [5_001, 0, 'REJECTED', ['ended REJECTED']],
  ] as const)('after standing still for %i ms before it sends, sends %i orders', async (ms, sent, status, expected) => {
    const id = await intend();
    standsStillMs = ms;
    await desk.send(id);
    expect(exchange.sent).toHaveLength(sent);
    expect((await rowOf(id)).status).toBe(status);
    expect(heard).toEqual(expected);
  });

  it('sends although the exchange’s clock has run far ahead meanwhile: only this process’s own time counts', async () => {
    const id = await intend();
    exchangePassesMs = 600_000;
    await desk.send(id);
    expect(exchange.sent).toMatchObject([{ sendWithinMs: 5_000 }]);
    expect((await rowOf(id)).status).toBe('ACCEPTED');
  });

  it('adopts an order that the exchange knows already instead of taking that for a no', async () => {
    const id = await intend();
    const { clientOrderId, symbol, side, type, amount } = await rowOf(id);
    exchange.report({ clientOrderId, symbol, side, type, amount }, 'ACCEPTED');
    exchange.answer = 'duplicate';
    await desk.send(id);
    expect(await rowOf(id)).toMatchObject({ status: 'ACCEPTED', exchangeOrderId: `x-${clientOrderId}` });
    expect(heard).toEqual([]);
  });

  it.each<Answer>(['time out', 'break', 'accept and break'])('never takes "%s" for an answer: it asks', async (answer) => {
    exchange.answer = answer;
    exchange.lookUp = 'fails';
    const id = await intend();
    await desk.send(id);
    expect(await rowOf(id)).toMatchObject({ status: 'UNKNOWN', lookupMisses: 0 });
    exchange.lookUp = 'found';
    await desk.resolveUnknown();
    expect((await rowOf(id)).status).toBe(answer === 'accept and break' ? 'ACCEPTED' : 'UNKNOWN');
    expect(exchange.sent).toHaveLength(1);
    expect(heard).toEqual([]);
  });

  it.each([
    { sentBy: 'a process that is barred', token: 0, isBarred: true, status: 'ABSENT' },
    { sentBy: 'this one', token: 1, isBarred: true, status: 'UNKNOWN' },
    { sentBy: 'a process that the exchange still hears', token: 0, isBarred: false, status: 'UNKNOWN' },
  ])('takes an order that was sent by $sentBy for $status when it is not found once', async ({ token, isBarred, status }) => {
    exchange.refusesPredecessors = isBarred;
    exchange.answer = 'break';
    exchange.lookUp = 'fails';
    const id = await intend();
    await desk.send(id);
    await database.transaction((em) => em.nativeUpdate(Order, { id }, { fencingToken: token }));
    exchange.lookUp = 'missing';
    await desk.resolveUnknown();
    expect(await rowOf(id)).toMatchObject({ status, lookupMisses: 1 });
  });

  it('concludes that an order is absent only after several misses, long enough after sending', async () => {
    exchange.answer = 'break';
    exchange.lookUp = 'missing';
    const id = await intend();
    await desk.send(id);
    for (let i = 0; i < 5; i++) await desk.resolveUnknown();
    expect(await rowOf(id)).toMatchObject({ status: 'UNKNOWN', lookupMisses: 6 });
    exchange.time += 14_999;
    await desk.resolveUnknown();
    expect((await rowOf(id)).status).toBe('UNKNOWN');
    exchange.time += 1;
    exchange.lookUp = 'fails';
    await desk.resolveUnknown();
    expect((await rowOf(id)).status).toBe('UNKNOWN');
    exchange.lookUp = 'missing';
    await desk.resolveUnknown();
    expect((await rowOf(id)).status).toBe('ABSENT');
    expect(heard).toEqual(['ended ABSENT']);
  });

  it.each([
    ['whose answer never came', 'break'],
    ['that was open', 'accept'],
  ] as const)(
    'knows an order %s as canceled when the exchange remembers only that it ended without an execution',
    async (_, answer) => {
      exchange.answer = answer;
      exchange.lookUp = 'archived';
      const id = await intend();
      await desk.send(id);
      expect(await desk.missedFills(undefined)).toEqual([]);
      await desk.resolve(id);
      expect(await rowOf(id)).toMatchObject({ status: 'CANCELED', rejectReason: 'ended long ago' });
      expect(heard).toEqual(['ended CANCELED']);
    },
  );

  it('does not believe of an order with executions that it ended without one', async () => {
    const id = await intend();
    await desk.send(id);
    await desk.take(exchange.fill(exchange.sent[0], '0.5', '100'));
    exchange.lookUp = 'archived';
    await desk.resolve(id);
    expect((await rowOf(id)).status).toBe('PARTIALLY_FILLED');
  });

  it('finds what an unanswered order did, and books it', async () => {
    exchange.answer = 'accept and break';
    exchange.lookUp = 'fails';
    const id = await intend();
    await desk.send(id);
    exchange.fill(exchange.sent[0], '0.5', '100');
    exchange.fill(exchange.sent[0], '1.5', '104');
    exchange.lookUp = 'found';
    await desk.resolveUnknown();
    const order = await rowOf(id);
    expect([
      order.status,
      canonical(order.filledAmount),
      canonical(order.averagePrice!),
      canonical(order.cost),
      canonical(order.fee),
    ]).toEqual(['FILLED', '2', '103', '206', '1']);
    expect(heard).toEqual(['filled 0.5 PARTIALLY_FILLED', 'filled 1.5 FILLED']);
  });

  it('books an execution that comes before the answer, and each execution once', async () => {
    const id = await intend();
    const submit = exchange.submit.bind(exchange);
    let news: Execution | undefined;
    exchange.submit = async (request) => {
      const report = await submit(request);
      news = exchange.fill(request, '2', '100');
      await desk.take(news);
      return report;
    };
    await desk.send(id);
    expect((await rowOf(id)).status).toBe('FILLED');
    for (let i = 0; i < 3; i++) await desk.take(news!);
    await Promise.allSettled([desk.take(news!), desk.take(news!)]);
    expect(await trades()).toBe(1);
    expect(canonical((await rowOf(id)).filledAmount)).toBe('2');
    expect(heard).toEqual(['filled 2 FILLED']);
    const types = deskEvents.map(({ type, payload }) =>
      `${type} ${(payload as { order?: { status: string } }).order?.status ?? ''}`.trim(),
    );
    expect(types).toEqual(['ORDER_CHANGED SENT', 'ORDER_FILLED FILLED', 'POSITION_CHANGED']);
  });

  it('closes a position whose rest no order can sell, with the rest as dust; the books say so, too', async () => {
    const buy = await intend({ amount: '2' });
    await desk.send(buy);
    await desk.take(exchange.fill(exchange.sent[0], '2', '100', { fee: '0.002', feeCurrency: 'BTC' }));
    const sell = await intend({ side: 'SELL', amount: '1.9' });
    await desk.send(sell);
    await desk.take(exchange.fill(exchange.sent[1], '1', '110', { fee: '0' }));
    expect(await database.system().findOneOrFail(Position, { bot: botId })).toMatchObject({ isOpen: true, dust: null });
    await desk.take(exchange.fill(exchange.sent[1], '0.9', '110', { fee: '0' }));
    const position = await database.system().findOneOrFail(Position, { bot: botId });
    const closed = await database.system().findOneOrFail(ClosedTrade, { bot: botId });
    expect([position.isOpen, canonical(position.quantity), position.dust && canonical(position.dust)]).toEqual([
      false,
      '0',
      '0.098',
    ]);
    // 209 came in, 200 went out.
    expect([canonical(closed.pnl), canonical(position.realizedPnl), canonical(closed.exitPrice)]).toEqual(['9', '9', '110']);
    expect(deskEvents.at(-1)).toMatchObject({ type: 'POSITION_CLOSED', payload: { position: { dust: '0.098' } } });
    expect(await accountingDifferences(database.system(), await ledgerOf(database.system(), botId), 'BTC')).toEqual([]);
  });

  it('writes nothing off while the order that sells has still to sell it, though the step of the market has grown', async () => {
    const buy = await intend({ amount: '2' });
    await desk.send(buy);
    await desk.take(exchange.fill(exchange.sent[0], '2', '100'));
    const sell = await intend({ side: 'SELL', amount: '2' });
    await desk.send(sell);
    await desk.take(exchange.fill(exchange.sent[1], '1.95', '110'));
    expect(await database.system().findOneOrFail(Position, { bot: botId })).toMatchObject({ isOpen: true, dust: null });
    await desk.take(exchange.fill(exchange.sent[1], '0.05', '110'));
    const positions = await database.system().find(Position, { bot: botId });
    expect(positions).toMatchObject([{ isOpen: false, dust: null }]);
  });

  it('writes a position off that no order could ever sell, and nothing more', async () => {
    const em = database.system().fork();
    const terms = {
      exitReason: 'MANUAL',
      price: decimal(90),
      at: exchange.time,
      minNotional: decimal(10),
      holdsExits: true,
    } as const;
    const writeOff = (): ReturnType<typeof writeOffDust> => writeOffDust(em, context, terms);
    expect(await writeOff()).toBeUndefined();
    const buy = await intend({ amount: '0.1' });
    await desk.send(buy);
    await desk.take(exchange.fill(exchange.sent[0], '0.1', '100', { fee: '0.0001', feeCurrency: 'BTC' }));
    const written = await writeOff();
    expect(written?.position).toMatchObject({ isOpen: false });
    expect(written && [written.position.dust, written.position.realizedPnl].map((amount) => amount && canonical(amount))).toEqual(
      ['0.0999', '-10'],
    );
    expect(written?.closedTrade).toMatchObject({ exitReason: 'MANUAL' });
    expect(await accountingDifferences(em, await ledgerOf(em, botId), 'BTC')).toEqual([]);
    expect(await writeOff()).toBeUndefined();
    const more = await intend({ amount: '0.1' });
    await desk.send(more);
    await desk.take(exchange.fill(exchange.sent[1], '0.1', '100'));
    expect(await writeOff()).toBeUndefined();
  });

  it.each([
    { given: 'the rest of an exit, worth less than any order', sold: '1.9', price: 90, stepSize: '0.1', isWrittenOff: true },
    { given: 'the rest of an exit that an order can still sell', sold: '1.9', price: 110, stepSize: '0.1', isWrittenOff: false },
    { given: 'more than a rest, worth less than any order', sold: '1', price: 9, stepSize: '0.1', isWrittenOff: false },
    { given: 'what a coarser step has put out of reach', sold: null, price: 90, stepSize: '5', isWrittenOff: false },
    { given: 'the same, after a small exit', sold: '0.5', price: 90, stepSize: '1.7', isWrittenOff: false },
    { given: 'the same, but worthless', sold: null, price: 4, stepSize: '5', isWrittenOff: true },
  ])('gives up $given: $isWrittenOff', async ({ sold, price, stepSize, isWrittenOff }) => {
    const buy = await intend({ amount: '2' });
    await desk.send(buy);
    await desk.take(exchange.fill(exchange.sent[0], '2', '100'));
    if (sold !== null) {
      const sell = await intend({ side: 'SELL', amount: sold });
      await desk.send(sell);
      await desk.take(exchange.fill(exchange.sent[1], sold, '100'));
    }
    const terms = { exitReason: null, price: decimal(price), at: exchange.time, minNotional: decimal(10), holdsExits: true };
    const written = await writeOffDust(database.system().fork(), { ...context, stepSize: decimal(stepSize) }, terms);
    expect(written !== undefined).toBe(isWrittenOff);
    expect(await database.system().count(Position, { bot: botId, isOpen: true })).toBe(isWrittenOff ? 0 : 1);
  });

  it('keeps position and round trip a function of the executions, in whatever order they are told', async () => {
    const buy = await intend({ amount: '3' });
    await desk.send(buy);
    const [first, second] = [
      exchange.fill(exchange.sent[0], '1', '100', { at: 10 }),
      exchange.fill(exchange.sent[0], '2', '130', { at: 20 }),
    ];
    await desk.take(second);
    await desk.take(first);
    const open = await database.system().findOneOrFail(Position, { bot: botId });
    expect([canonical(open.quantity), canonical(open.entryPrice), open.openedAt.getTime()]).toEqual(['3', '120', 10]);
    const sell = await intend({ side: 'SELL', amount: '3' });
    await desk.send(sell);
    await desk.take(exchange.fill(exchange.sent[1], '3', '110', { at: 30 }));
    const closed = await database.system().findOneOrFail(ClosedTrade, { bot: botId });
    expect([
      canonical(closed.pnl),
      canonical(closed.entryPrice),
      canonical(closed.exitPrice),
      canonical(closed.fees),
      closed.exitReason,
    ]).toEqual(['-31.5', '120', '110', '1.5', 'SIGNAL']);
    expect(canonical(closed.pnlPercent)).toBe('-8.75');
    expect(heard.at(-1)).toBe('filled 3 FILLED closed');
  });

  it('finds in a sweep what it was never told: fills of an open order, and of one that has ended', async () => {
    const [open, ended] = [await intend(), await intend()];
    for (const id of [open, ended]) await desk.send(id);
    await desk.cancel(ended);
    exchange.fill(exchange.sent[0], '0.5', '100');
    const late = exchange.fill(exchange.sent[1], '0.3', '100');
    exchange.orders.set(exchange.sent[1].clientOrderId, { ...late.order, status: 'CANCELED' });
    for (let i = 0; i < 2; i++) await desk.sweep();
    expect(await trades()).toBe(2);
    expect([(await rowOf(open)).status, canonical((await rowOf(open)).filledAmount)]).toEqual(['PARTIALLY_FILLED', '0.5']);
    expect([(await rowOf(ended)).status, canonical((await rowOf(ended)).filledAmount)]).toEqual(['CANCELED', '0.3']);
    exchange.lookUp = 'fails';
    exchange.fill(exchange.sent[0], '1.5', '100');
    await desk.sweep();
    expect((await rowOf(open)).status).toBe('PARTIALLY_FILLED');
    exchange.lookUp = 'found';
    await desk.sweep();
    expect((await rowOf(open)).status).toBe('FILLED');
  });

  it('finds at a start what was filled of an order after its end', async () => {
    const id = await intend();
    await desk.send(id);
    await desk.cancel(id);
    const late = exchange.fill(exchange.sent[0], '0.3', '100');
    exchange.orders.set(exchange.sent[0].clientOrderId, { ...late.order, status: 'CANCELED' });
    expect(await desk.missedFills(undefined)).toEqual([]);
    const missed = await desk.missedFills(0);
    expect(missed.map(({ order, fill }) => [order.status, fill.exchangeTradeId])).toEqual([
      ['CANCELED', late.fill?.exchangeTradeId],
    ]);
    for (const execution of missed) await desk.take(execution);
    expect(await desk.missedFills(0)).toEqual([]);
  });

  it('lets a fill win the race against canceling', async () => {
    const id = await intend();
    await desk.send(id);
    const news = exchange.fill(exchange.sent[0], '2', '100');
    await desk.cancel(id);
    await desk.take(news);
    const order = await rowOf(id);
    expect([order.status, canonical(order.filledAmount)]).toEqual(['FILLED', '2']);
    expect(heard).toEqual(['filled 2 FILLED']);
  });

  it('ends a canceled order only with what was filled before', async () => {
    const id = await intend();
    await desk.send(id);
    exchange.fill(exchange.sent[0], '0.5', '100');
    exchange.lookUp = 'fails';
    await desk.cancel(id);
    expect(await rowOf(id)).toMatchObject({ status: 'ACCEPTED', cancelOutcome: 'PENDING' });
    exchange.lookUp = 'found';
    await desk.resolveUnknown();
    const order = await rowOf(id);
    expect([order.status, canonical(order.filledAmount), order.cancelOutcome]).toEqual(['CANCELED', '0.5', 'NONE']);
    expect(heard).toEqual(['filled 0.5 PARTIALLY_FILLED', 'ended CANCELED']);
  });

  it.each([
    ['a refusal', new DomainError('EXCHANGE_REJECTED', 'too late to cancel'), 'REFUSED', 'ACCEPTED'],
    ['no answer', new Error('socket hang up'), 'UNKNOWN', 'CANCELED'],
    ['an order that is not found', new DomainError('NOT_FOUND', 'no such order'), 'UNKNOWN', 'CANCELED'],
  ])('tells how a request to cancel stands after %s, and looks up what it does not know', async (_what, error, outcome, end) => {
    const id = await intend();
    await desk.send(id);
    const cancel = exchange.cancel.bind(exchange);
    exchange.cancel = async (symbol, clientOrderId) => {
      // It reached the exchange, unless it said no.
      if (outcome === 'UNKNOWN') await cancel(symbol, clientOrderId);
      throw error;
    };
    await desk.cancel(id);
    expect(await rowOf(id)).toMatchObject({ status: 'ACCEPTED', cancelOutcome: outcome });
    await desk.resolveUnknown();
    expect((await rowOf(id)).status).toBe(end);
  });

  it('books a late fill of a canceled order, whose state stays', async () => {
    const id = await intend();
    await desk.send(id);
    await desk.cancel(id);
    expect(await rowOf(id)).toMatchObject({ status: 'CANCELED', canceledAt: expect.any(Date) });
    await desk.take(exchange.fill(exchange.sent[0], '0.7', '100'));
    const order = await rowOf(id);
    expect([order.status, canonical(order.filledAmount)]).toEqual(['CANCELED', '0.7']);
    expect(heard).toEqual(['ended CANCELED', 'filled 0.7 CANCELED']);
  });

  it('books more than was asked for, if that is what happened', async () => {
    const id = await intend();
    await desk.send(id);
    await desk.take(exchange.fill(exchange.sent[0], '2', '100'));
    await desk.take(exchange.fill(exchange.sent[0], '1', '100'));
    const order = await rowOf(id);
    expect([order.status, canonical(order.filledAmount)]).toEqual(['FILLED', '3']);
  });

  it('does not send what is no longer wanted, nor what was canceled before', async () => {
    const [unwanted, canceled] = [await intend(), await intend()];
    isWanted = false;
    await desk.send(unwanted);
    isWanted = true;
    await desk.cancel(canceled);
    await desk.send(canceled);
    expect([(await rowOf(unwanted)).status, (await rowOf(canceled)).status]).toEqual(['ABANDONED', 'ABANDONED']);
    expect(exchange.sent).toEqual([]);
    expect(heard).toEqual(['ended ABANDONED', 'ended ABANDONED']);
  });

  it('leaves orders alone that are not ours', async () => {
    const foreign: OrderRequest = {
      clientOrderId: 'web_123',
      symbol: 'BTC/USDT',
      side: 'BUY',
      type: 'MARKET',
      amount: decimal(1),
    };
    await desk.take(exchange.fill(foreign, '1', '100'));
    expect(await trades()).toBe(0);
    expect(heard).toEqual([]);
  });

  it('takes in a liquidation, which the venue makes by itself', async () => {
    const id = await intend();
    await desk.send(id);
    await desk.take(exchange.fill(exchange.sent[0], '2', '100'));
    const liquidation: OrderRequest = {
      clientOrderId: 'liquidation-1',
      symbol: 'BTC/USDT',
      side: 'SELL',
      type: 'MARKET',
      amount: decimal(2),
      reduceOnly: true,
    };
    await desk.take(exchange.fill(liquidation, '2', '50'));
    expect(await database.system().findOneOrFail(ClosedTrade, { bot: botId })).toMatchObject({ exitReason: 'LIQUIDATION' });
  });

  describe('after an older backup was restored', () => {
    const decisions = { from: 1_000_000, to: 1_010_000, candleMs: 1_000, fillsSince: 0 };
    /** What the order of a signal would be called, made and forgotten. */
    const forgotten = async (changes: Parameters<typeof intend>[0]): Promise<OrderRequest> => {
      const id = await intend(changes);
      const { clientOrderId, symbol, side, type, amount, reduceOnly } = await rowOf(id);
      await database.system().nativeDelete(Order, { id });
      return { clientOrderId, symbol, side, type, amount, reduceOnly };
    };

    it('takes over its own orders that the exchange has, open or filled, and books what they executed', async () => {
      const entry = await forgotten({ at: 1_003_000 });
      const exit = await forgotten({ side: 'SELL', at: 1_007_000, amount: '1' });
      exchange.fill(entry, '2', '100');
      exchange.report(exit, 'ACCEPTED');
      await desk.adopt(decisions);
      for (const missed of await desk.missedFills(0)) await desk.take(missed);
      await desk.recover();
      const rows = await database.system().find(Order, { bot: botId }, { orderBy: { signalKey: 'asc' } });
      expect(rows.map(({ signalKey, status, exitReason }) => [signalKey, status, exitReason])).toEqual([
        ['1003000:ENTRY:1', 'FILLED', null],
        ['1007000:EXIT:1', 'ACCEPTED', 'SIGNAL'],
      ]);
      expect(heard).toEqual(['filled 2 FILLED']);
      expect(deskEvents.filter(({ type }) => type === 'LOG_APPENDED')).toHaveLength(2);
    });

    it('finds the many tries of one signal, such as of a guard that was replaced again and again', async () => {
      for (let attempt = 1; attempt < 40; attempt++) await intend({ side: 'SELL', purpose: 'STOP', at: 1_003_000 });
      const last = await forgotten({ side: 'SELL', purpose: 'STOP', at: 1_003_000 });
      exchange.report(last, 'ACCEPTED');
      await desk.adopt(decisions);
      expect(await database.system().findOne(Order, { clientOrderId: last.clientOrderId })).toMatchObject({
        signalKey: '1003000:STOP:40',
        attempt: 40,
      });
    });

    it('leaves alone what it has not decided itself', async () => {
      const early = await forgotten({ at: 999_000 });
      const late = await forgotten({ at: 1_011_000 });
      for (const request of [early, late, { ...early, clientOrderId: 'cw-of-another-bot' }, { ...early, clientOrderId: 'web_1' }])
        exchange.report(request, 'ACCEPTED');
      await desk.adopt(decisions);
      expect(await database.system().count(Order, { bot: botId })).toBe(0);
    });

    it('does nothing when all that is there is known, and twice does what once does', async () => {
      const id = await intend({ at: 1_003_000 });
      await desk.send(id);
      exchange.fill(exchange.sent[0], '2', '100');
      await desk.adopt(decisions);
      await desk.adopt(decisions);
      expect(exchange.lookUps).toBe(0);
      expect(await database.system().count(Order, { bot: botId })).toBe(1);
    });

    it('knows of an intent of the backup that it was sent afterwards, when the exchange has it', async () => {
      const id = await intend({ at: 1_003_000 });
      const { clientOrderId, symbol, side, type, amount } = await rowOf(id);
      exchange.fill({ clientOrderId, symbol, side, type, amount }, '2', '100');
      await desk.adopt(decisions);
      for (const missed of await desk.missedFills(0)) await desk.take(missed);
      await desk.recover();
      expect(await rowOf(id)).toMatchObject({ status: 'FILLED' });
      expect(heard).toEqual(['filled 2 FILLED']);
    });

    it('is not over when the exchange does not answer', async () => {
      exchange.fill(await forgotten({ at: 1_003_000 }), '2', '100');
      exchange.lookUp = 'fails';
      await expect(desk.adopt(decisions)).rejects.toThrow('no answer');
    });
  });
});
