import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  Backtest,
  Candle,
  DailyBalance,
  Order,
  OrderBookSnapshot,
  Setting,
  Strategy,
  Trade,
  User,
} from '../../../src/entities/index.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { canonical, decimal } from '../../../src/trading/money.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { aBacktest, anExchange, anOrder, aTrade, aUser, aWorld, stored } from './builders.ts';

/** An amount as the ledger may hold it: up to 20 digits before the point, 18 after. */
const amounts = fc
  .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 20n - 1n), fc.bigInt(0n, 10n ** 18n - 1n))
  .map(([negative, integer, fraction]) =>
    canonical(decimal(`${negative ? '-' : ''}${integer}.${fraction.toString().padStart(18, '0')}`)),
  );

describeOnEachDatabase('stored values', (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  });

  describe('exact amounts', () => {
    async function roundTrip(texts: readonly string[]): Promise<{ entities: string[]; rows: string[] }> {
      const world = await stored(database, (em) => aWorld(em));
      const trades = await stored(database, (em) => {
        const order = anOrder(em, world);
        return texts.map((text) => aTrade(em, world, order, { pnl: decimal(text) }));
      });
      const found = await database.forUser(world.user.id).find(Trade, { user: world.user });
      const rows = await database.rows(world.user.id).byIds(
        Trade,
        trades.map(({ id }) => id),
        ['pnl'],
      );
      return {
        entities: trades.map(({ id }) => canonical(found.find((trade) => trade.id === id)!.pnl)),
        rows: trades.map(({ id }) => rows.get(id)!.pnl),
      };
    }

    it.each([
      '0',
      '1',
      '-1',
      '0.1',
      '12345678901234.123456789012345678',
      '-12345678901234.123456789012345678',
      '0.000000012345678901',
      '-0.000000000000000001',
      '99999999999999999999.999999999999999999',
      '-99999999999999999999.999999999999999999',
      '10000000000000000000',
    ])('%s comes back to the last digit', async (text) => {
      expect(await roundTrip([text])).toEqual({ entities: [text], rows: [text] });
    });

    it('any amount comes back to the last digit', async () => {
      const texts = fc.sample(amounts, { numRuns: 300, seed: 7 });
      expect(await roundTrip(texts)).toEqual({ entities: texts, rows: texts });
    });

    it('sort and compare in SQL as numbers', async () => {
      const texts = [
        '-100',
        '-20',
        '-3',
        '-0.5',
        '-0.05',
        '0',
        '0.000000000000000001',
        '0.5',
        '3',
        '20',
        '100',
        '99999999999999999999',
      ];
      const world = await stored(database, (em) => aWorld(em));
      await stored(database, (em) => {
        const order = anOrder(em, world);
        for (const text of [...texts].reverse()) aTrade(em, world, order, { pnl: decimal(text) });
      });
      const em = database.forUser(world.user.id);
      const pnls = async (where: object): Promise<string[]> =>
        (await em.find(Trade, where, { orderBy: { pnl: 'asc' } })).map(({ pnl }) => canonical(pnl));
      expect(await pnls({})).toEqual(texts);
      for (const bound of ['-20', '-0.05', '0', '3']) {
        const index = texts.indexOf(bound);
        expect(await pnls({ pnl: { $gt: decimal(bound) } })).toEqual(texts.slice(index + 1));
        expect(await pnls({ pnl: { $lte: decimal(bound) } })).toEqual(texts.slice(0, index + 1));
        expect(await pnls({ pnl: decimal(bound) })).toEqual([bound]);
      }
      expect(await pnls({ pnl: { $in: [decimal('3'), decimal('-3')] } })).toEqual(['-3', '3']);
    });

    it.each([
      ['123456789012345678901', /21 digits before the point, the maximum is 20/],
      ['0.1234567890123456789', /19 digits after the point, the maximum is 18/],
    ])('%s is refused with the limit, and nothing is stored', async (text, message) => {
      const world = await stored(database, (em) => aWorld(em));
      await expect(stored(database, (em) => anOrder(em, world, { amount: decimal(text) }))).rejects.toThrow(message);
      expect(await database.system().count(Order, { user: world.user })).toBe(0);
    });

    it('NaN and infinity are refused', async () => {
      const world = await stored(database, (em) => aWorld(em));
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const bad = decimal('1').mul(value);
        await expect(stored(database, (em) => anOrder(em, world, { amount: bad }))).rejects.toThrow(
          /is not a finite decimal number/,
        );
      }
    });

    it('texts that are no plain number are refused in filters', async () => {
      const { user } = await stored(database, (em) => aWorld(em));
      for (const text of ['1e-8', 'NaN', '.5', '1.', '0x10', '', '1,5'])
        await expect(database.rows(user.id).countUpTo(Trade, { pnl: { eq: text } })).rejects.toThrow(
          /is not a plain decimal number/,
        );
    });

    it('range checks of the database compare numbers', async () => {
      const world = await stored(database, (em) => aWorld(em));
      await expect(stored(database, (em) => anOrder(em, world, { amount: decimal('0') }))).rejects.toThrow(/check/i);
      await expect(stored(database, (em) => anOrder(em, world, { amount: decimal('-1') }))).rejects.toThrow(/check/i);
      await expect(stored(database, (em) => aBacktest(em, world, { leverage: decimal('126') }))).rejects.toThrow(/check/i);
      await stored(database, (em) => anOrder(em, world, { amount: decimal('0.000000000000000001') }));
    });
  });

  describe('times', () => {
    it.each([
      '1970-01-01T00:00:00.000Z',
      '2026-03-29T01:59:59.999Z',
      '2026-11-20T19:47:23.123Z',
      '0099-12-31T23:59:59.001Z',
      '9999-12-31T23:59:59.999Z',
    ])('%s comes back to the millisecond', async (text) => {
      const world = await stored(database, (em) => aWorld(em));
      const order = await stored(database, (em) => anOrder(em, world, { submittedAt: new Date(text) }));
      const found = await database.forUser(world.user.id).findOneOrFail(Order, order.id);
      expect(found.submittedAt?.toISOString()).toBe(text);
      const row = await database.rows(world.user.id).find(Order, order.id, ['submittedAt', 'canceledAt']);
      expect(row?.submittedAt?.toISOString()).toBe(text);
      expect(row?.canceledAt).toBeNull();
      expect(await database.forUser(world.user.id).count(Order, { submittedAt: new Date(text), id: order.id })).toBe(1);
    });

    it('days are days, whatever the zone of the process', async () => {
      const { user, exchange } = await stored(database, (em) => ({ user: aUser(em), exchange: anExchange(em) }));
      const balance = await stored(database, (em) =>
        em.create(DailyBalance, { user, exchange, identifier: 'x', asset: 'USDT', date: '2026-03-29', balance: decimal('1') }),
      );
      expect((await database.forUser(user.id).findOneOrFail(DailyBalance, balance.id)).date).toBe('2026-03-29');
      expect((await database.rows(user.id).find(DailyBalance, balance.id, ['date']))?.date).toBe('2026-03-29');
    });
  });

  it.each<[string, unknown]>([
    ['an object', { a: 1, nested: { list: [1, 'two', null, true], unicode: 'é 漢 😀' } }],
    ['a list', [1, 2, 3]],
    ['a text', 'text'],
    ['a text of digits', '123'],
    ['a number', 1.5],
    ['zero', 0],
    ['false', false],
    ['an empty object', {}],
    ['a key that looks like SQL', { "'; drop table users; --": '"`$1 ?' }],
  ])('%s comes back from JSON', async (_name, value) => {
    const user = await stored(database, (em) => aUser(em));
    const setting = await stored(database, (em) => em.create(Setting, { user, key: 'k', value }));
    expect((await database.forUser(user.id).findOneOrFail(Setting, setting.id)).value).toEqual(value);
    expect((await database.rows(user.id).find(Setting, setting.id, ['value']))?.value).toEqual(value);
  });

  it('whole numbers up to 2^53 are numbers', async () => {
    const user = await stored(database, (em) =>
      em.create(User, { email: 'large@example.org', passwordHash: 'x', lastEventSequence: Number.MAX_SAFE_INTEGER }),
    );
    expect((await database.forUser(user.id).findOneOrFail(User, user.id)).lastEventSequence).toBe(Number.MAX_SAFE_INTEGER);
    expect((await database.rows(user.id).find(User, user.id, ['lastEventSequence']))?.lastEventSequence).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  it('doubles and key times of candles come back bit by bit', async () => {
    const values = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 123456789.12345679];
    const candles = values.map((value, index) => ({
      exchange: 'sim',
      symbol: 'X/Y',
      timeframe: 'M1' as const,
      openTime: 1_700_000_000_000 + index * 60_000,
      open: value,
      high: value,
      low: value,
      close: value,
      volume: value,
    }));
    await database.transaction(async (em) => em.insertMany(Candle, candles));
    expect(await database.system().find(Candle, { symbol: 'X/Y' }, { orderBy: { openTime: 'asc' } })).toMatchObject(candles);
    const rows = await database.systemRows().list(Candle, {
      fields: ['openTime', 'open', 'volume'],
      where: { symbol: { eq: 'X/Y' } },
      orderBy: [{ field: 'openTime' }],
      limit: 10,
    });
    expect(rows.map((row) => ({ ...row }))).toEqual(
      candles.map(({ openTime, open, volume }) => expect.objectContaining({ openTime, open, volume })),
    );
  });

  it('bytes come back', async () => {
    const bytes = new Uint8Array([0, 1, 2, 254, 255]);
    await stored(database, (em) =>
      em.create(OrderBookSnapshot, { exchange: 'sim', symbol: 'A/B', timestamp: 1, bids: bytes, asks: new Uint8Array() }),
    );
    const [found] = await database.system().find(OrderBookSnapshot, { symbol: 'A/B' });
    expect([...found!.bids]).toEqual([...bytes]);
    expect([...found!.asks]).toEqual([]);
    const world = await stored(database, (em) => aWorld(em));
    const backtest = await stored(database, (em) => aBacktest(em, world, { equityCurve: bytes }));
    const row = await database.rows(world.user.id).find(Backtest, backtest.id, ['equityCurve']);
    expect([...row!.equityCurve!]).toEqual([...bytes]);
  });

  it('the character U+0000 is refused in texts and in JSON, and nothing is stored', async () => {
    const bad = (value: string, name: string) =>
      stored(database, (em) => em.create(Strategy, { user: aUser(em), name, kind: 'RULES', definition: { deep: [value] } }));
    await expect(bad('fine', 'a\0b')).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('name of strategies'),
    });
    await expect(bad('a\0b', 'fine')).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('definition of strategies'),
    });
    expect(await database.system().count(Strategy, { name: 'fine' })).toBe(0);
    const literal = await bad('backslash \\u0000', 'fine');
    expect((await database.system().findOneOrFail(Strategy, literal.id)).definition).toEqual({ deep: ['backslash \\u0000'] });
  });

  it('unicode texts come back', async () => {
    const user = await stored(database, (em) => aUser(em, { email: 'é漢😀@example.org' }));
    expect((await database.rows(user.id).find(User, user.id, ['email']))?.email).toBe('é漢😀@example.org');
  });
});
