import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiKey } from '../../src/entities/exchange/ApiKey.ts';
import { AuditEvent } from '../../src/entities/identity/AuditEvent.ts';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import { BotRequests } from '../../src/services/bots/bot-requests.ts';
import { KillSwitchService } from '../../src/services/bots/kill-switch-service.ts';
import { systemClock } from '../../src/services/clock.ts';
import type { Database } from '../../src/services/database/index.ts';
import { EventLog } from '../../src/services/events/log.ts';
import { newId } from '../../src/services/ids.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { canonical, decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import type { VenueCandle } from '../support/venue/candles.ts';
import { Pinned } from '../support/venue/pin.ts';
import { Venue } from '../support/venue/venue.ts';
import { LiveProcess } from './support/live-world.ts';

const minute = 60_000;
const hours = 3_600_000;

describeOnEachDatabase('a LIVE bot on a Binance that runs on this machine', (open) => {
  let database: Database;
  let venue: Venue;
  let pinned: Pinned;
  let processes: LiveProcess[];
  let ann: Viewer;
  let keyId: string;
  /** Open time of the next candle. */
  let next: number;
  let price: number;

  const started = async (): Promise<LiveProcess> => {
    const process = await LiveProcess.start(database.url, pinned);
    processes.push(process);
    return process;
  };

  beforeEach(async () => {
    database = await open();
    // Its clock is behind ours, so that minutes can pass when the test wants them to.
    venue = await Venue.start({ feeAsset: 'QUOTE', skewMs: -3 * hours });
    pinned = new Pinned(() => venue);
    processes = [];
    price = 10_000;
    next = Math.floor(venue.now() / minute) * minute;
    const calm = (openTime: number): VenueCandle => ({
      openTime,
      open: 10_000,
      high: 10_001,
      low: 9_999,
      close: 10_000,
      volume: 1,
    });
    venue.addCandles(
      'BTCUSDT',
      '1m',
      Array.from({ length: 700 }, (_, i) => calm(next - (700 - i) * minute)),
    );
    venue.setPrice('BTCUSDT', price);
  });
  afterEach(async () => {
    for (const process of processes) await process.stop().catch(() => undefined);
    await venue.close();
    await pinned.close();
  });

  /** A minute passes at the venue and ends at a price; the next one begins there. */
  const minutePasses = async (close: number): Promise<void> => {
    const candle = { openTime: next, open: price, high: Math.max(price, close), low: Math.min(price, close), close, volume: 1 };
    venue.skewMs += minute;
    next += minute;
    price = close;
    venue.setPrice('BTCUSDT', close);
    venue.kline('BTCUSDT', '1m', candle, true);
    venue.kline('BTCUSDT', '1m', { openTime: next, open: close, high: close, low: close, close, volume: 0 }, false);
    await venue.streams.flushed();
  };
  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  /** As if the time of a dead process's leases had passed. */
  const leasesRunOut = (id: string): Promise<void> =>
    database.transaction(async (em) => {
      await em.nativeUpdate(BotState, { bot: id }, { leaseExpiresAt: new Date(0) });
      await em.nativeUpdate(ApiKey, { id: keyId }, { leaseExpiresAt: new Date(0) });
    });
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    await expect.poll(holds, { interval: 30 }).toBe(true);
  };
  const running = async (process: LiveProcess, builtIn?: 'manual'): Promise<string> => {
    ann = await process.newViewer();
    keyId = await process.newKey(ann, venue);
    const strategy = builtIn && (await process.strategies.create(ann, { name: builtIn, kind: 'BUILT_IN', builtIn }));
    const id = await process.newBot(ann, { apiKeyId: keyId, ...(strategy && { strategyId: strategy.id }) });
    await process.bots.start(ann, id);
    await until(async () => (await stateOf(id)).status === 'RUNNING');
    await until(async () => venue.streams.hears('btcusdt@kline_1m') && venue.streams.hears('user'));
    return id;
  };
  /** Lets the price fall a little, then rise, until the bot has bought and protected what it holds. */
  const bought = async (id: string): Promise<void> => {
    const runner = processes.at(-1)?.supervisor.find(id);
    // Each minute is heard before the next: what a slow process misses of them leads to no entry.
    for (const close of [9_980, 9_960, 10_050, 10_100, 10_150]) {
      await minutePasses(close);
      await until(async () => runner?.session.lastOpenTime === next - minute);
    }
    await until(async () => (await stateOf(id)).inPosition);
    await until(async () => venue.ledger.openOrders('BTCUSDT').length === 1);
  };

  it('buys on its signal, books what the venue filled, and finds after a sudden death what its stop did', async () => {
    const first = await started();
    const id = await running(first);
    await bought(id);
    const [buy] = venue.ledger.orders;
    const [order] = await database.system().find(Order, { bot: id, side: 'BUY' });
    const [trade] = await database.system().find(Trade, { bot: id });
    const position = await database.system().findOneOrFail(Position, { bot: id, isOpen: true });
    expect(order).toMatchObject({ status: 'FILLED', isPaper: false, account: `live:${keyId}`, exchangeOrderId: String(buy.id) });
    expect(order.clientOrderId).toBe(buy.request.clientOrderId);
    expect([canonical(trade.price), canonical(trade.amount)]).toEqual([canonical(buy.trades[0].price), canonical(buy.quantity)]);
    expect(canonical(position.quantity)).toBe(canonical(buy.quantity));
    const held = await database.system().findOneOrFail(ApiKey, { id: keyId });
    expect([held.leaseOwner !== null, held.leaseToken]).toEqual([true, 1]);
    const used = await database.system().find(AuditEvent, { eventType: 'API_KEY_USED' });
    expect(used.map(({ details }) => details['keyId'])).toEqual([keyId]);

    await first.die();
    await leasesRunOut(id);
    // Nobody is there when the stop is hit.
    await minutePasses(9_900);
    await minutePasses(9_900);
    await started();
    await until(async () => (await stateOf(id)).status === 'RUNNING' && !(await stateOf(id)).inPosition);
    const [closed] = await database.system().find(ClosedTrade, { bot: id });
    expect(closed).toMatchObject({ exitReason: 'STOP_LOSS', isPaper: false });
    const trades = await database.system().find(Trade, { bot: id }, { orderBy: { executedAt: 'asc' } });
    expect(trades.map(({ exchangeTradeId }) => exchangeTradeId)).toEqual(
      venue.ledger.trades.map(({ id: tradeId }) => String(tradeId)),
    );
    expect(venue.ledger.orders).toHaveLength(2);
    expect((await database.system().findOneOrFail(ApiKey, { id: keyId })).leaseToken).toBe(2);
  });

  it('that has heard no price yet says so to who places an order at the market, and goes on', async () => {
    const process = await started();
    const id = await running(process, 'manual');
    const byHand = new BotRequests({ database, clock: systemClock, runners: process.supervisor });
    const wanted = { botId: id, side: 'BUY', type: 'MARKET', amount: decimal('0.1') } as const;
    await expect(byHand.place(ann, { ...wanted, idempotencyKey: newId() })).rejects.toMatchObject({
      code: 'EXCHANGE_UNAVAILABLE',
      message: expect.stringContaining('has heard no price of BTC/USDT yet'),
    });
    await minutePasses(10_010);
    await until(async () => process.supervisor.find(id)?.lastPrice === 10_010);
    await byHand.place(ann, { ...wanted, idempotencyKey: newId() });
    expect((await stateOf(id)).status).toBe('RUNNING');
  });

  it('is flattened by the kill switch while an order of its own hangs at the venue', async () => {
    const process = await started();
    const id = await running(process, 'manual');
    const clock = systemClock;
    const byHand = new BotRequests({ database, clock, runners: process.supervisor });
    const wanted = { botId: id, side: 'BUY', amount: decimal('0.1') } as const;
    await minutePasses(10_010);
    await until(async () => process.supervisor.find(id)?.lastPrice === 10_010);
    await byHand.place(ann, { ...wanted, idempotencyKey: newId(), type: 'MARKET' });
    await until(async () => venue.ledger.openOrders('BTCUSDT').length === 1);
    const post = 'POST /api/v3/order';
    venue.faults.add({ route: post, effect: 'DELAY', processed: false, delayMs: hours });
    await byHand.place(ann, { ...wanted, idempotencyKey: newId(), type: 'LIMIT', price: decimal(9_000) });
    await until(async () => venue.asked(post) === 3);
    const switches = new KillSwitchService({ database, log: new EventLog(database, clock), clock, runners: process.supervisor });
    await switches.activate(ann, { mode: 'FLATTEN', reason: 'the exchange was hacked' });
    await until(async () => !(await stateOf(id)).inPosition);
    expect(venue.ledger.orders.map(({ request, status }) => `${request.type} ${request.side} ${status}`)).toEqual([
      'MARKET BUY FILLED',
      'STOP_LOSS SELL CANCELED',
      'MARKET SELL FILLED',
    ]);
    const hanging = await database.system().findOneOrFail(Order, { bot: id, type: 'LIMIT' });
    expect(hanging).toMatchObject({ status: 'UNKNOWN', rejectReason: expect.stringContaining('a halt did not wait') });
  });

  it('begins anew with new secrets, and lets go of its key when it is stopped', async () => {
    const process = await started();
    const id = await running(process);
    const { apiKey, secret } = venue;
    const token = async (): Promise<number> => (await database.system().findOneOrFail(ApiKey, { id: keyId })).leaseToken;
    const uses = async (): Promise<number> => database.system().count(AuditEvent, { eventType: 'API_KEY_USED' });
    // Not counted from nothing: on a slow machine the bot may have needed more than one attempt.
    const [tokenBefore, usesBefore] = [await token(), await uses()];
    await process.keys.rotate(ann, { id: keyId, apiKey, secret });
    await until(async () => (await uses()) > usesBefore && (await stateOf(id)).status === 'RUNNING');
    // Once for the new secrets, once for who has taken the key with them: it may have, before the rotation is answered.
    expect(await token()).toBeGreaterThanOrEqual(tokenBefore + 2);
    await expect(process.keys.delete(ann, keyId)).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    await process.bots.stop(ann, id);
    await until(async () => (await stateOf(id)).status === 'STOPPED');
    await until(async () => (await database.system().findOneOrFail(ApiKey, { id: keyId })).leaseOwner === null);
    await process.keys.delete(ann, keyId);
    await expect(process.bots.start(ann, id)).rejects.toMatchObject({ code: 'REQUIRED' });
  });

  it('lets go of its key at once when its process stops before the venue has answered', async () => {
    let isSilent = false;
    const prepare: Pinned['prepare'] = (client) => (isSilent ? new Promise(() => undefined) : pinned.prepare(client));
    const process = await LiveProcess.start(database.url, Object.assign(Object.create(pinned) as Pinned, { prepare }));
    processes.push(process);
    ann = await process.newViewer();
    keyId = await process.newKey(ann, venue);
    const id = await process.newBot(ann, { apiKeyId: keyId });
    isSilent = true;
    await process.bots.start(ann, id);
    await until(async () => (await database.system().findOneOrFail(ApiKey, { id: keyId })).leaseOwner !== null);
    await process.supervisor.stop();
    expect(await stateOf(id)).toMatchObject({ status: 'STARTING', leaseOwner: null, lastErrorMessage: null });
    expect((await database.system().findOneOrFail(ApiKey, { id: keyId })).leaseOwner).toBeNull();
  });

  it('of which another process has the key waits for it, and sends nothing after it was overtaken', async () => {
    const process = await started();
    const id = await running(process);
    // As another process that took over would leave it.
    const later = new Date(Date.now() + hours);
    await database.transaction((em) =>
      em.nativeUpdate(ApiKey, { id: keyId }, { leaseOwner: 'another', leaseExpiresAt: later, leaseToken: 7 }),
    );
    for (const close of [9_980, 9_960, 10_050, 10_100]) await minutePasses(close);
    await until(async () => process.supervisor.find(id) === undefined);
    expect([venue.ledger.orders.length, (await stateOf(id)).lastErrorMessage]).toEqual([0, null]);
    await leasesRunOut(id);
    await until(async () => process.supervisor.find(id) !== undefined && (await stateOf(id)).status === 'RUNNING');
    expect((await database.system().findOneOrFail(ApiKey, { id: keyId })).leaseToken).toBe(8);
  });

  it('whose key the venue does not take any more is in ERROR and says so', async () => {
    const process = await started();
    const id = await running(process);
    await process.bots.stop(ann, id);
    await until(async () => (await stateOf(id)).status === 'STOPPED');
    Object.assign(venue, { apiKey: 'another-key' });
    expect(await process.keys.validate(ann, keyId)).toMatchObject({ isValid: false });
    await expect(process.bots.start(ann, id)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('is not valid'),
    });
    await database.transaction((em) => em.nativeUpdate(ApiKey, { id: keyId }, { isValid: true }));
    await process.bots.start(ann, id);
    await until(async () => (await stateOf(id)).status === 'ERROR');
    expect((await stateOf(id)).lastErrorMessage).toMatch(/binance.*key/i);
    expect((await stateOf(id)).lastErrorMessage).not.toContain(venue.secret);
  });

  it.each<[string, (process: LiveProcess) => Promise<{ mode?: 'LIVE' | 'PAPER'; apiKeyId?: string | null }>, object]>([
    ['no key', () => Promise.resolve({}), { code: 'REQUIRED', path: ['input', 'apiKeyId'] }],
    [
      'a key to read with',
      async (p) => ({ apiKeyId: await p.newKey(ann, venue, 'READ_ONLY') }),
      { code: 'INVALID', message: expect.stringContaining('READ_ONLY') },
    ],
    ['a key of somebody else', async (p) => ({ apiKeyId: await p.newKey(await p.newViewer(), venue) }), { code: 'NOT_FOUND' }],
    ['a key that is none', () => Promise.resolve({ apiKeyId: '01890000-0000-7000-8000-000000000000' }), { code: 'NOT_FOUND' }],
    ['a key, on PAPER', async (p) => ({ mode: 'PAPER', apiKeyId: await p.newKey(ann, venue) }), { code: 'FORBIDDEN_FOR_MODE' }],
  ])('is not made with %s', async (_name, changes, error) => {
    const process = await started();
    ann = await process.newViewer();
    await expect(process.newBot(ann, await changes(process))).rejects.toMatchObject(error);
  });
});
