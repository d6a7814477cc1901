import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RefusedOrder } from '../../src/entities/operations/RefusedOrder.ts';
import { ApiKey } from '../../src/entities/exchange/ApiKey.ts';
import { BotState } from '../../src/entities/trading/BotState.ts';
import { FundsTransfer } from '../../src/entities/trading/FundsTransfer.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import type { BotPatch } from '../../src/services/bots/bot-input.ts';
import { KillSwitchService } from '../../src/services/bots/kill-switch-service.ts';
import { systemClock } from '../../src/services/clock.ts';
import type { Database } from '../../src/services/database/index.ts';
import { EventLog } from '../../src/services/events/log.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { canonical, decimal } from '../../src/trading/money.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import type { VenueCandle } from '../support/venue/candles.ts';
import { tradingRestrictions } from '../support/venue/key-routes.ts';
import { Pinned } from '../support/venue/pin.ts';
import { Venue } from '../support/venue/venue.ts';
import { LiveProcess } from './support/live-world.ts';

const minute = 60_000;
const transfer = 'POST /sapi/v1/asset/transfer';
const history = 'GET /sapi/v1/asset/transfer';

describeOnEachDatabase('a LIVE bot that may bring funds', (open) => {
  let database: Database;
  let venue: Venue;
  let pinned: Pinned;
  let processes: LiveProcess[];
  let ann: Viewer;
  let keyId: string;
  /** Open time of the next candle. */
  let next: number;
  let price: number;

  const started = async (deadlineMs?: number): Promise<LiveProcess> => {
    const process = await LiveProcess.start(database.url, pinned, deadlineMs === undefined ? {} : { deadlineMs });
    processes.push(process);
    return process;
  };

  beforeEach(async () => {
    database = await open();
    // Its clock is behind ours and at noon, so that minutes can pass when the test wants them to, and no day ends.
    const noon = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;
    venue = await Venue.start({
      feeAsset: 'QUOTE',
      skewMs: noon - Date.now(),
      balances: { USDT: '1000' },
      funding: { USDT: '50000' },
    });
    venue.restrictions = tradingRestrictions({ permitsUniversalTransfer: true });
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
    const candles = Array.from({ length: 700 }, (_, i) => calm(next - (700 - i) * minute));
    venue.addCandles('BTCUSDT', '1m', candles);
    venue.setPrice('BTCUSDT', price);
  });
  afterEach(async () => {
    for (const process of processes) await process.stop().catch(() => undefined);
    await venue.close();
    await pinned.close();
  });

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
  const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
    await expect.poll(async () => holds(), { interval: 30 }).toBe(true);
  };
  const stateOf = (id: string): Promise<BotState> => database.system().findOneOrFail(BotState, { bot: id });
  const isRunning = async (id: string): Promise<boolean> => (await stateOf(id)).status === 'RUNNING';
  const running = async (process: LiveProcess, transferAmount?: string): Promise<string> => {
    ann = await process.newViewer();
    keyId = await process.newKey(ann, venue);
    const amount = transferAmount === undefined ? null : decimal(transferAmount);
    const id = await process.newBot(ann, { apiKeyId: keyId, autoTransferFunds: true, transferAmount: amount });
    await process.bots.start(ann, id);
    await until(() => isRunning(id));
    await until(() => venue.streams.hears('btcusdt@kline_1m') && venue.streams.hears('user'));
    return id;
  };
  /** Lets the price fall a little, then rise; each minute is heard before the next, because what a slow process misses of them leads to no entry. */
  const almostSignal = async (process: LiveProcess, id: string): Promise<void> => {
    for (const close of [9_980, 9_960, 10_050]) {
      await minutePasses(close);
      await until(() => process.supervisor.find(id)?.session.lastOpenTime === next - minute);
    }
  };
  /** The bot wants to buy, and has done what follows from that. */
  const signal = async (process: LiveProcess, id: string): Promise<void> => {
    await almostSignal(process, id);
    await process.supervisor.find(id)?.settled();
    await minutePasses(10_100);
    await until(() => process.supervisor.find(id)?.session.lastOpenTime === next - minute);
    await process.supervisor.find(id)?.settled();
  };
  const transfersOf = (id: string): Promise<FundsTransfer[]> =>
    database.system().find(FundsTransfer, { bot: id }, { orderBy: { createdAt: 'asc' } });
  const told = async (id: string): Promise<string[]> =>
    (await transfersOf(id)).map(({ amount, status }) => `${canonical(amount)} ${status}`);
  const refusals = async (): Promise<unknown[]> =>
    (await database.system().find(RefusedOrder, {})).flatMap(({ refusals: found }) => found);
  const funding = (): string => canonical(venue.ledger.funding.get('USDT') ?? decimal(0));
  const isBought = async (id: string): Promise<boolean> => (await stateOf(id)).inPosition;

  it('brings what is missing for an entry, enters on the same signal, and tells both', async () => {
    const process = await started();
    const id = await running(process);
    await signal(process, id);
    await until(() => isBought(id));
    const [row] = await transfersOf(id);
    const [order] = await database.system().find(Order, { bot: id, side: 'BUY' });
    expect(row).toMatchObject({
      status: 'DONE',
      asset: 'USDT',
      exchangeTransferId: '118000',
      account: `live:${keyId}`,
      reason: null,
    });
    expect(row.sentAt.getTime()).toBeLessThan(order.submittedAt?.getTime() ?? 0);
    const missing = order.amount.mul(order.averagePrice ?? 0).sub(1_000);
    expect(row.amount.gt(missing) && row.amount.lt(missing.mul('1.03'))).toBe(true);
    expect(funding()).toBe(canonical(decimal(50_000).sub(row.amount)));
    const events = (await new EventLog(database, systemClock).read(ann.userId, 0, 500)).filter(
      ({ type }) => type === 'FUNDS_TRANSFER_CHANGED',
    );
    expect(events.map(({ payload }) => (payload as { transfer: { status: string } }).transfer.status)).toEqual(['SENT', 'DONE']);
    expect(events.every(({ subjects }) => subjects.botId === id)).toBe(true);
  });

  it('brings nothing where there is enough', async () => {
    venue.ledger.balance('USDT').free = decimal(5_000);
    const process = await started();
    const id = await running(process);
    await signal(process, id);
    await until(() => isBought(id));
    expect([await told(id), venue.asked(transfer)]).toEqual([[], 0]);
  });

  it('brings as much as its owner has said', async () => {
    const process = await started();
    const id = await running(process, '4321.5');
    await signal(process, id);
    await until(() => isBought(id));
    expect(await told(id)).toEqual(['4321.5 DONE']);
  });

  describe.each<[string, () => void, string | undefined, string[], RegExp]>([
    [
      'the funding wallet has too little',
      () => venue.ledger.funding.set('USDT', decimal(10)),
      undefined,
      ['REFUSED'],
      /was not carried out: binance, .*insufficient balance/,
    ],
    [
      'the key may not transfer any more',
      () => (venue.restrictions = tradingRestrictions()),
      undefined,
      ['REFUSED'],
      /was not carried out: binance, .*not authorized/,
    ],
    ['its amount would not do', () => undefined, '100', [], /transferAmount of 100 USDT is less than the 37\d\d\.\d+ /],
    [
      'the money does not come in time',
      () => (venue.ledger.isTransferSlow = true),
      undefined,
      ['DONE'],
      /came too late for its entry/,
    ],
  ])('where %s', (_, arrange, amount, statuses, sentence) => {
    it('makes no entry, says why as data, and goes on', async () => {
      const process = await started();
      const id = await running(process, amount);
      arrange();
      await signal(process, id);
      await until(async () => (await refusals()).length === 1);
      expect(await refusals()).toMatchObject([{ rule: 'WALLET_FUNDS', message: expect.stringMatching(sentence) }]);
      expect((await transfersOf(id)).map(({ status }) => status)).toEqual(statuses);
      expect([venue.ledger.orders, await isRunning(id)]).toEqual([[], true]);
    });
  });

  it('whose answer is lost finds what was moved in the records, and enters on the same signal', async () => {
    const process = await started();
    const id = await running(process);
    venue.faults.add({ route: transfer, effect: 'RESET' });
    await signal(process, id);
    await until(() => isBought(id));
    expect([venue.asked(transfer), venue.ledger.transfers.length]).toEqual([1, 1]);
    expect((await transfersOf(id))[0]).toMatchObject({ status: 'DONE', exchangeTransferId: '118000' });
  });

  it('whose transfer never arrived brings nothing more until that is certain, and never sends it again', async () => {
    const process = await started();
    const id = await running(process);
    venue.faults.add({ route: transfer, effect: 'RESET', processed: false });
    await signal(process, id);
    await until(async () => (await refusals()).length === 1);
    expect(await refusals()).toMatchObject([{ message: expect.stringContaining('is still being looked for') }]);
    expect((await transfersOf(id))[0].status).toBe('SENT');
    for (const close of [10_110, 10_120, 10_130]) await minutePasses(close);
    await until(async () => (await transfersOf(id))[0].status === 'ABSENT');
    expect((await transfersOf(id))[0].reason).toMatch(/does not know it \d+ s after it was sent/);
    expect(venue.asked(transfer)).toBe(1);
  });

  it('cannot tell its transfer from another of the same amount, says so, and brings nothing more that day', async () => {
    const process = await started();
    const id = await running(process, '4000');
    venue.faults.add({ route: transfer, effect: 'RESET' });
    // Somebody moves as much by hand in the minute in which the bot will.
    venue.skewMs += 4 * minute;
    venue.ledger.bring('USDT', decimal(4_000));
    venue.skewMs -= 4 * minute;
    venue.ledger.balance('USDT').free = decimal(1_000);
    await signal(process, id);
    await until(async () => (await told(id)).join() === '4000 UNKNOWN');
    await until(async () => (await refusals()).length === 1);
    expect((await transfersOf(id))[0].reason).toContain('knows 2 transfers of this amount at that time');
    venue.ledger.balance('USDT').free = decimal(1_000);
    for (const close of [9_900, 9_850]) await minutePasses(close);
    await signal(process, id);
    await until(async () => (await refusals()).length === 2);
    expect(await refusals()).toMatchObject([{}, { message: expect.stringContaining('brings no more today') }]);
    expect([venue.asked(transfer), await isRunning(id)]).toEqual([1, true]);
  });

  it('that dies while it waits for the answer finds at its next start what was moved', async () => {
    const first = await started(2_000);
    const id = await running(first);
    venue.faults.add({ route: transfer, effect: 'DELAY', processed: true, delayMs: 3_600_000 });
    await almostSignal(first, id);
    await minutePasses(10_100);
    await until(() => venue.ledger.transfers.length === 1);
    await first.die();
    expect((await transfersOf(id))[0].status).toBe('SENT');
    await database.transaction(async (em) => {
      await em.nativeUpdate(BotState, { bot: id }, { leaseExpiresAt: new Date(0) });
      await em.nativeUpdate(ApiKey, { id: keyId }, { leaseExpiresAt: new Date(0) });
    });
    await started();
    await until(async () => (await isRunning(id)) && (await transfersOf(id))[0].status === 'DONE');
    expect([venue.asked(transfer), venue.ledger.orders.length]).toEqual([1, 0]);
  });

  it('that dies before its request arrived moves nothing, and is told so', async () => {
    const first = await started(2_000);
    const id = await running(first);
    venue.faults.add({ route: transfer, effect: 'DELAY', processed: false, delayMs: 3_600_000 });
    await almostSignal(first, id);
    await minutePasses(10_100);
    await until(() => venue.asked(transfer) === 1);
    await first.die();
    await database.transaction(async (em) => {
      await em.nativeUpdate(BotState, { bot: id }, { leaseExpiresAt: new Date(0) });
      await em.nativeUpdate(ApiKey, { id: keyId }, { leaseExpiresAt: new Date(0) });
    });
    venue.skewMs += 3 * minute;
    await started();
    await until(async () => (await transfersOf(id))[0].status === 'ABSENT');
    expect([venue.asked(transfer), venue.asked(history) >= 3]).toEqual([1, true]);
  });

  it('is not made, changed or started with a key that may not transfer, nor with an amount over its capital', async () => {
    const process = await started();
    ann = await process.newViewer();
    venue.restrictions = tradingRestrictions();
    const apiKeyId = await process.newKey(ann, venue);
    const terms = { apiKeyId, autoTransferFunds: true };
    const mayNot = {
      code: 'INVALID',
      message: expect.stringMatching(/may not transfer: .*"Permits Universal Transfer" at binance/),
    };
    await expect(process.newBot(ann, terms)).rejects.toMatchObject({ ...mayNot, path: ['input', 'apiKeyId'] });
    const id = await process.newBot(ann, { apiKeyId });
    const to = (patch: BotPatch) => process.bots.update(ann, { id, patch });
    const path = ['input', 'patch', 'autoTransferFunds'];
    await expect(to({ autoTransferFunds: true })).rejects.toMatchObject({ ...mayNot, path });
    const ask = (): Promise<unknown> =>
      database.transaction((em) => em.nativeUpdate(ApiKey, { id: apiKeyId }, { canTransfer: null }));
    await ask();
    const notAsked = { code: 'INVALID', message: expect.stringContaining('has not been asked yet') };
    await expect(to({ autoTransferFunds: true })).rejects.toMatchObject(notAsked);

    venue.restrictions = tradingRestrictions({ permitsUniversalTransfer: true });
    expect(await process.keys.validate(ann, apiKeyId)).toMatchObject({ isValid: true, canTransfer: true });
    await expect(to({ autoTransferFunds: true, transferAmount: decimal(5_001) })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('transferAmount 5001'),
      details: { limit: '5000' },
    });
    expect(await to({ autoTransferFunds: true, transferAmount: decimal(5_000) })).toMatchObject({ transferAmount: '5000' });
    await expect(to({ risk: { initialCapital: decimal(4_999) } })).rejects.toMatchObject({ details: { limit: '4999' } });
    await ask();
    await expect(process.bots.start(ann, id)).rejects.toMatchObject({ ...notAsked, path: ['input', 'id'] });
    expect(await to({ autoTransferFunds: null })).toMatchObject({ autoTransferFunds: false, transferAmount: null });
  });

  it('does not bring more than its capital in a day', async () => {
    const process = await started();
    const id = await running(process, '4000');
    await signal(process, id);
    await until(() => isBought(id));
    // Somebody takes the money away, and the bot's stop is hit.
    venue.ledger.balance('USDT').free = decimal(0);
    await minutePasses(9_900);
    await until(async () => !(await isBought(id)));
    venue.ledger.balance('USDT').free = decimal(1_000);
    for (const close of [9_880, 9_860]) await minutePasses(close);
    await signal(process, id);
    await until(async () => (await refusals()).length === 1);
    expect(await refusals()).toMatchObject([
      { limit: '1000', value: '4000', message: expect.stringContaining('it has brought 4000 of its initialCapital 5000') },
    ]);
    expect(await told(id)).toEqual(['4000 DONE']);
  });

  it('is not held up by it when a halt needs the bot', async () => {
    const process = await started();
    const id = await running(process);
    venue.faults.add({ route: transfer, effect: 'DELAY', processed: true, delayMs: 3_600_000 });
    await almostSignal(process, id);
    await minutePasses(10_100);
    await until(() => venue.asked(transfer) === 1);
    const switches = new KillSwitchService({
      database,
      log: new EventLog(database, systemClock),
      clock: systemClock,
      runners: process.supervisor,
    });
    await switches.activate(ann, { mode: 'FLATTEN', reason: 'the exchange was hacked' });
    await until(async () => (await refusals()).length === 1);
    await until(async () => (await told(id))[0]?.endsWith('DONE') ?? false);
    expect(venue.ledger.orders).toEqual([]);
  });
});
