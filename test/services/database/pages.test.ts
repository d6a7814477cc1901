import fc from 'fast-check';
import { v7 } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import { Backtest, type Bot, Candle, Trade } from '../../../src/entities/index.ts';
import type { Database, Page, PageArguments, RowOrder } from '../../../src/services/database/index.ts';
import { decimal } from '../../../src/trading/money.ts';
import { aBacktest, aBot, anOrder, aTrade, aWorld, type World, stored } from '../../contract/storage/builders.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

type Order = RowOrder<Backtest>;

/** Few values, so that there are many equal ones. */
const sharpes = [null, -1.5, 0, 0, 2.25] as const;
const names = [null, 'a', 'b', 'B'] as const;

const orders = fc.uniqueArray(
  fc.record({
    field: fc.constantFrom<Order['field']>('sharpeRatio', 'name', 'createdAt', 'initialCapital', 'status'),
    direction: fc.constantFrom('ASC' as const, 'DESC' as const),
    nulls: fc.constantFrom('FIRST' as const, 'LAST' as const),
  }),
  { maxLength: 3, selector: ({ field }) => field },
);

describeOnEachDatabase('pages', (open) => {
  let database: Database;
  let world: World;
  let all: Record<string, unknown>[];
  beforeAll(async () => {
    database = await open();
    world = await stored(database, (em) => aWorld(em));
    await stored(database, (em) => {
      const other = aWorld(em);
      for (let i = 0; i < 40; i++) {
        const fields = {
          sharpeRatio: sharpes[i % sharpes.length],
          name: names[(i * 7) % names.length],
          createdAt: new Date(1_700_000_000_000 + (i % 6) * 1000),
          initialCapital: decimal(['9', '10', '100'][i % 3] as string),
          status: (['PENDING', 'RUNNING'] as const)[i % 2],
        };
        aBacktest(em, world, fields as never);
        aBacktest(em, other, fields as never);
      }
    });
    all = await database.rows(world.user.id).list(Backtest, { fields: [...fields], limit: 100 });
  });

  const fields = ['id', 'sharpeRatio', 'name', 'createdAt', 'initialCapital', 'status'] as const;

  function sorted(order: readonly Order[]): string[] {
    const terms = [...order, { field: 'id' as const, direction: order.at(-1)?.direction ?? 'ASC' }];
    const compare = (a: Record<string, unknown>, b: Record<string, unknown>): number => {
      for (const term of terms) {
        const [x, y] = [value(a[term.field]), value(b[term.field])];
        if (x === y) continue;
        const nulls = 'nulls' in term && term.nulls === 'FIRST' ? -1 : 1;
        if (x === null) return nulls;
        if (y === null) return -nulls;
        return (x < y ? -1 : 1) * (term.direction === 'DESC' ? -1 : 1);
      }
      return 0;
    };
    return [...all].sort(compare).map((row) => row['id'] as string);
  }

  /** Amounts compare as numbers, times as times. */
  function value(x: unknown): string | number | null {
    if (x instanceof Date) return x.getTime();
    return typeof x === 'string' && /^\d+$/.test(x) ? Number(x) : (x as string | number | null);
  }

  async function walk(orderBy: readonly Order[], size: number, backwards: boolean): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    for (;;) {
      const args: PageArguments = backwards ? { last: size, before: cursor } : { first: size, after: cursor };
      const page: Page<{ id: string }> = await database.rows(world.user.id).page(Backtest, { fields: ['id'], orderBy }, args);
      const read = page.rows.map(({ id }) => id);
      if (backwards) ids.unshift(...read);
      else ids.push(...read);
      expect(backwards ? page.hasNextPage : page.hasPreviousPage).toBe(cursor !== undefined);
      if (!(backwards ? page.hasPreviousPage : page.hasNextPage)) return ids;
      const edge = backwards ? page.rows[0] : page.rows.at(-1);
      cursor = page.cursorOf(edge!);
    }
  }

  it('walked forwards and backwards give exactly the sorted whole, with equal values and nulls', async () => {
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 45 }), fc.boolean(), async (order, size, backwards) => {
        const expected = order.length === 0 ? sorted([{ field: 'createdAt', direction: 'DESC' }]) : sorted(order);
        expect(await walk(order, size, backwards)).toEqual(expected);
      }),
      { numRuns: 60, seed: 20_261_120 },
    );
  });

  it('between two cursors hold what lies between', async () => {
    const rows = database.rows(world.user.id);
    const whole = await rows.page(Backtest, { fields: ['id'] }, { first: 40 });
    const args = { after: whole.cursorOf(whole.rows[4]!), before: whole.cursorOf(whole.rows[10]!) };
    const between = whole.rows.slice(5, 10).map(({ id }) => id);
    expect((await rows.page(Backtest, { fields: ['id'] }, { ...args, first: 10 })).rows.map(({ id }) => id)).toEqual(between);
    expect((await rows.page(Backtest, { fields: ['id'] }, { ...args, last: 2 })).rows.map(({ id }) => id)).toEqual(
      between.slice(-2),
    );
  });

  it('stay where they are when rows come and go', async () => {
    const rows = database.rows(world.user.id);
    const first = await rows.page(Backtest, { fields: ['id'] }, { first: 5 });
    const second = await rows.page(Backtest, { fields: ['id'] }, { first: 5, after: first.cursorOf(first.rows[4]!) });
    const added = await stored(database, (em) => aBacktest(em, world, { createdAt: new Date() }));
    const again = await rows.page(Backtest, { fields: ['id'] }, { first: 5, after: first.cursorOf(first.rows[4]!) });
    expect(again.rows.map(({ id }) => id)).toEqual(second.rows.map(({ id }) => id));
    await database.transaction(async (em) => em.nativeDelete(Backtest, { id: added.id }));
  });

  it('have 25 rows unless said otherwise, and none on demand', async () => {
    const rows = database.rows(world.user.id);
    expect((await rows.page(Backtest, { fields: ['id'] }, {})).rows).toHaveLength(25);
    expect(await rows.page(Backtest, { fields: ['id'] }, { first: 0 })).toMatchObject({ rows: [], hasNextPage: true });
  });

  it.each<[PageArguments, number | undefined, string, RegExp]>([
    [{ first: 101 }, undefined, 'LIMIT_EXCEEDED', /`first` is 101, the maximum is 100/],
    [{ last: 101 }, undefined, 'LIMIT_EXCEEDED', /`last` is 101, the maximum is 100/],
    [{ first: 1001 }, 1000, 'LIMIT_EXCEEDED', /`first` is 1001, the maximum is 1000/],
    [{ first: -1 }, undefined, 'BAD_REQUEST', /`first` is -1/],
    [{ first: 1.5 }, undefined, 'BAD_REQUEST', /`first` is 1.5/],
    [{ first: 1, last: 1 }, undefined, 'BAD_REQUEST', /not both/],
    [{ after: 'nonsense' }, undefined, 'BAD_CURSOR', /the cursor in `after` is not a cursor that this server gave/],
    [{ before: '' }, undefined, 'BAD_CURSOR', /the cursor in `before` is not a cursor/],
    [{ after: 'x'.repeat(3000) }, undefined, 'BAD_CURSOR', /3000 characters, the maximum is 2000/],
  ])('%j is refused', async (args, maximum, code, message) => {
    const refused = database.rows(world.user.id).page(Backtest, { fields: ['id'], ...(maximum ? { maximum } : {}) }, args);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  describe('a cursor of another list', () => {
    const cursorOf = async (query: object, user = world.user.id): Promise<string> => {
      const page = await database.rows(user).page(Backtest, { fields: ['id'], ...query }, { first: 1 });
      return page.cursorOf(page.rows[0]!);
    };
    const status = { status: { eq: 'RUNNING' } } as const;

    it.each<[string, object, object]>([
      ['with another filter', {}, { where: status }],
      ['with another value in the filter', { where: { status: { eq: 'PENDING' } } }, { where: status }],
      ['with another order', {}, { orderBy: [{ field: 'name' }] }],
      ['with another direction', { orderBy: [{ field: 'name' }] }, { orderBy: [{ field: 'name', direction: 'DESC' }] }],
    ])('%s is refused', async (_name, one, other) => {
      const refused = database.rows(world.user.id).page(Backtest, { fields: ['id'], ...other }, { after: await cursorOf(one) });
      await expect(refused).rejects.toMatchObject({
        code: 'BAD_CURSOR',
        message: expect.stringContaining('another filter or order'),
      });
    });

    it('of another person is refused', async () => {
      const other = await stored(database, (em) => {
        const their = aWorld(em);
        aBacktest(em, their);
        return their;
      });
      const refused = database
        .rows(world.user.id)
        .page(Backtest, { fields: ['id'] }, { after: await cursorOf({}, other.user.id) });
      await expect(refused).rejects.toMatchObject({ code: 'BAD_CURSOR' });
    });

    it('with the same filter written otherwise is accepted', async () => {
      const cursor = await cursorOf({ where: { status: { eq: 'RUNNING', ne: null }, and: undefined } });
      const page = await database
        .rows(world.user.id)
        .page(Backtest, { fields: ['id'], where: { status: { ne: null, eq: 'RUNNING' } } }, { after: cursor });
      expect(page.rows.length).toBeGreaterThan(0);
    });

    it.each([
      ['a text for a time', ['x']],
      ['half a millisecond', [0.5]],
      ['a time after the end of time', [9e15]],
      ['too few values', []],
      ['null where there is none', [null]],
      ['a list', [[1]]],
    ])('that was tampered with (%s) is refused', async (_name, values) => {
      const [mark] = JSON.parse(Buffer.from(await cursorOf({ orderBy: [{ field: 'createdAt' }] }), 'base64url').toString()) as [
        string,
      ];
      const cursor = Buffer.from(JSON.stringify([mark, ...values, v7()])).toString('base64url');
      const refused = database
        .rows(world.user.id)
        .page(Backtest, { fields: ['id'], orderBy: [{ field: 'createdAt' }] }, { after: cursor });
      await expect(refused).rejects.toMatchObject({ code: 'BAD_CURSOR', message: expect.stringContaining('does not fit') });
    });

    it('that was tampered with cannot leave the own rows', async () => {
      const [mark] = JSON.parse(Buffer.from(await cursorOf({}), 'base64url').toString()) as [string];
      const cursor = Buffer.from(JSON.stringify([mark, 8e15, 'ffffffff-ffff-ffff-ffff-ffffffffffff'])).toString('base64url');
      const page = await database.rows(world.user.id).page(Backtest, { fields: ['id', 'userId'] }, { after: cursor, first: 100 });
      expect(page.rows).toHaveLength(40);
      expect(new Set(page.rows.map(({ userId }) => userId))).toEqual(new Set([world.user.id]));
    });
  });

  it('of candles are keyed by their time', async () => {
    const candles = Array.from({ length: 1500 }, (_, index) => ({
      exchange: 'sim',
      symbol: 'P/Q',
      timeframe: 'M1' as const,
      openTime: index * 60_000,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: 1,
    }));
    await database.transaction(async (em) => em.insertMany(Candle, candles));
    const query = {
      fields: ['openTime'] as const,
      where: { exchange: { eq: 'sim' }, symbol: { eq: 'P/Q' }, timeframe: { eq: 'M1' as const } },
      orderBy: [{ field: 'openTime' as const }],
      maximum: 1000,
    };
    const first = await database.systemRows().page(Candle, query, { first: 1000 });
    const second = await database.systemRows().page(Candle, query, { first: 1000, after: first.cursorOf(first.rows[999]!) });
    expect([...first.rows, ...second.rows].map(({ openTime }) => openTime)).toEqual(candles.map(({ openTime }) => openTime));
    expect(second.hasNextPage).toBe(false);
  });

  describe('of many parents', () => {
    let bots: Bot[];
    let times: Map<string, string[]>;
    beforeAll(async () => {
      const trades: Trade[] = [];
      bots = await stored(database, (em) => {
        const made = Array.from({ length: 6 }, () => aBot(em, world));
        made.forEach((bot, count) => {
          const order = anOrder(em, { ...world, bot });
          for (let i = 0; i < count * 3; i++)
            trades.push(aTrade(em, { ...world, bot }, order, { executedAt: new Date(1000 * (i % 5)), amount: decimal('1') }));
        });
        return made;
      });
      times = new Map(
        bots.map((bot) => [
          bot.id,
          trades
            .filter((trade) => trade.bot?.id === bot.id)
            .sort((a, b) => Number(b.executedAt) - Number(a.executedAt) || (a.id < b.id ? 1 : -1))
            .map(({ id }) => id),
        ]),
      );
    });

    const query = { fields: ['id', 'price'], orderBy: [{ field: 'executedAt', direction: 'DESC' }] } as const;
    const of = (args: PageArguments, ids = bots.map(({ id }) => id)) =>
      database.rows(world.user.id).pageOfEach(Trade, 'botId', ids, query, args);

    it('have the first of each, in order, also for those that have none', async () => {
      const pages = await of({ first: 4 });
      expect([...pages.keys()]).toEqual(bots.map(({ id }) => id));
      for (const { id } of bots) {
        const whole = times.get(id)!;
        expect(pages.get(id)!.rows.map((row) => row.id)).toEqual(whole.slice(0, 4));
        expect(pages.get(id)!.hasNextPage).toBe(whole.length > 4);
      }
    });

    it('have the last of each', async () => {
      const pages = await of({ last: 4 });
      for (const { id } of bots) expect(pages.get(id)!.rows.map((row) => row.id)).toEqual(times.get(id)!.slice(-4));
    });

    it('go on after a cursor, of one parent as of many', async () => {
      const [id] = [bots[5]!.id];
      const first = (await of({ first: 4 })).get(id)!;
      const after = first.cursorOf(first.rows[3]!);
      expect((await of({ first: 20, after }, [id])).get(id)!.rows.map((row) => row.id)).toEqual(times.get(id)!.slice(4));
    });

    it('count the same in one statement', async () => {
      const counts = await database.rows(world.user.id).countUpToOfEach(
        Trade,
        'botId',
        bots.map(({ id }) => id),
        undefined,
        10,
      );
      expect(bots.map(({ id }) => counts.get(id))).toEqual(
        [0, 3, 6, 9, 10, 10].map((value, index) => ({ value, exact: index < 4 })),
      );
    });

    it('are empty for parents that do not exist', async () => {
      const id = v7();
      expect((await of({}, [id, 'not an id'])).get(id)!.rows).toEqual([]);
    });
  });

  it('counting stops at the cap', async () => {
    const rows = database.rows(world.user.id);
    expect(await rows.countUpTo(Backtest)).toEqual({ value: 40, exact: true });
    expect(await rows.countUpTo(Backtest, undefined, 40)).toEqual({ value: 40, exact: true });
    expect(await rows.countUpTo(Backtest, undefined, 39)).toEqual({ value: 39, exact: false });
  });
});
