import { beforeAll, expect, it } from 'vitest';
import { Order } from '../../../src/entities/index.ts';
import type { Database, RowFilter } from '../../../src/services/database/index.ts';
import { decimal } from '../../../src/trading/money.ts';
import { anOrder, aWorld, type World, stored } from '../../contract/storage/builders.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('filters of rows', (open) => {
  let database: Database;
  let world: World;
  let names: Map<string, string>;
  beforeAll(async () => {
    database = await open();
    world = await stored(database, (em) => aWorld(em));
    const made = await stored(database, (em) => ({
      market: anOrder(em, world, { amount: decimal('10'), submittedAt: new Date(1000) }),
      limit: anOrder(em, world, {
        type: 'LIMIT',
        price: decimal('9.5'),
        amount: decimal('2'),
        submittedAt: new Date(2000),
        rejectReason: '100% _sure_ \\o/',
      }),
      stop: anOrder(em, world, {
        type: 'STOP_LIMIT',
        price: decimal('100'),
        stopPrice: decimal('-0').add(99),
        reduceOnly: true,
        rejectReason: 'Margin',
      }),
    }));
    names = new Map(Object.entries(made).map(([name, { id }]) => [id, name]));
  });

  async function found(where: RowFilter<Order>): Promise<string[]> {
    const rows = await database.rows(world.user.id).list(Order, { fields: ['id'], where, limit: 10 });
    return rows.map(({ id }) => names.get(id)!).sort();
  }

  it.each<[RowFilter<Order>, string[]]>([
    [{}, ['limit', 'market', 'stop']],
    [{ type: { eq: 'LIMIT' } }, ['limit']],
    [{ type: { ne: 'LIMIT' } }, ['market', 'stop']],
    [{ type: { in: ['LIMIT', 'MARKET'] } }, ['limit', 'market']],
    [{ type: { in: [] } }, []],
    [{ type: { notIn: ['LIMIT'] } }, ['market', 'stop']],
    [{ type: { notIn: [] } }, ['limit', 'market', 'stop']],
    [{ price: { gt: '9.5' } }, ['stop']],
    [{ price: { gte: '9.50' } }, ['limit', 'stop']],
    [{ price: { lt: '10' } }, ['limit']],
    [{ price: { eq: '9.500' } }, ['limit']],
    [{ price: { in: ['9.5', '100'] } }, ['limit', 'stop']],
    [{ price: { ne: '9.5' } }, ['market', 'stop']],
    [{ price: { isNull: true } }, ['market']],
    [{ price: { isNull: false } }, ['limit', 'stop']],
    [{ price: { eq: null } }, ['market']],
    [{ price: { ne: null } }, ['limit', 'stop']],
    [{ not: { price: { gt: '9.5' } } }, ['limit', 'market']],
    [{ amount: { gt: '1', lt: '10' } }, ['limit']],
    [{ submittedAt: { gte: new Date(2000) } }, ['limit']],
    [{ submittedAt: { in: [new Date(1000)] } }, ['market']],
    [{ submittedAt: { gt: new Date(-8.64e15), lt: new Date(8.64e15) } }, ['limit', 'market']],
    [{ submittedAt: { eq: new Date(8.64e15) } }, []],
    [{ reduceOnly: { eq: true } }, ['stop']],
    [{ reduceOnly: { ne: true } }, ['limit', 'market']],
    [{ attempt: { gte: 1, lte: 1 } }, ['limit', 'market', 'stop']],
    [{ or: [{ type: { eq: 'MARKET' } }, { reduceOnly: { eq: true } }] }, ['market', 'stop']],
    [{ or: [] }, []],
    [{ and: [] }, ['limit', 'market', 'stop']],
    [{ and: [{ price: { isNull: false } }, { not: { type: { eq: 'LIMIT' } } }] }, ['stop']],
    [{ or: [{}] }, ['limit', 'market', 'stop']],
    [{ not: {} }, []],
    [{ and: null, price: null, type: { eq: undefined } } as never, ['limit', 'market', 'stop']],
    [{ rejectReason: { contains: '%' } }, ['limit']],
    [{ rejectReason: { contains: '_sure_' } }, ['limit']],
    [{ rejectReason: { contains: 'xsurex' } }, []],
    [{ rejectReason: { contains: '\\o' } }, ['limit']],
    [{ rejectReason: { contains: 'ARG' } }, ['stop']],
    [{ rejectReason: { startsWith: 'mar' } }, ['stop']],
    [{ rejectReason: { startsWith: 'argin' } }, []],
    [{ rejectReason: { eq: 'margin' } }, []],
    [{ id: { eq: 'no id at all' } }, []],
    [{ id: { in: ["'; drop table orders"] } }, []],
    [{ id: { ne: 'no id at all' } }, ['limit', 'market', 'stop']],
    [{ clientOrderId: { eq: "' or 1=1 --" } }, []],
  ])('%j', async (where, expected) => {
    expect(await found(where)).toEqual(expected);
  });

  it('reach over references and back', async () => {
    expect(await found({ bot: { mode: { eq: 'PAPER' }, state: { status: { in: ['STOPPED'] } } } })).toHaveLength(3);
    expect(await found({ bot: { state: { status: { eq: 'RUNNING' } } } })).toEqual([]);
    expect(await found({ not: { exchange: { name: { eq: world.exchange.name } } } })).toEqual([]);
    expect(await found({ strategy: { bogus: undefined } as never })).toHaveLength(3);
  });

  it.each([
    [{ nonsense: { eq: 1 } }, /orders has no nonsense to filter by/],
    [{ type: { like: 'x' } }, /there is no filter operator like/],
  ])('%j is a mistake of the program', async (where, message) => {
    await expect(found(where as never)).rejects.toThrow(message);
  });

  it.each<[RowFilter<Order>, RegExp]>([
    [{ price: { gt: '1e3' } }, /price: "1e3" is not a plain decimal number/],
    [{ price: { gt: '1234567890123456789012' } }, /22 digits before the point, the maximum is 20/],
    [{ submittedAt: { gt: new Date(Number.NaN) } }, /submittedAt: .* is not a time/],
    [{ rejectReason: { contains: 'a\0b' } }, /U\+0000/],
    [{ attempt: { gt: Number.NaN } }, /attempt: NaN is not a number/],
  ])('%j is refused with a sentence', async (where, message) => {
    await expect(found(where)).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(message) });
  });

  it('rows have what was asked for, typed as the database never was', async () => {
    const [row] = await database.rows(world.user.id).list(Order, {
      fields: ['type', 'price', 'amount', 'botId', 'apiKeyId', 'isPaper', 'submittedAt', 'attempt', 'createdAt'],
      where: { type: { eq: 'LIMIT' } },
      limit: 1,
    });
    expect(row).toEqual({
      type: 'LIMIT',
      price: '9.5',
      amount: '2',
      botId: world.bot.id,
      apiKeyId: null,
      isPaper: true,
      submittedAt: new Date(2000),
      attempt: 1,
      createdAt: expect.any(Date),
    });
  });

  it('a list longer than 10,000 is refused', async () => {
    await expect(database.rows(world.user.id).list(Order, { fields: ['id'], limit: 10_001 })).rejects.toThrow(
      /10001 rows exceeds 10000/,
    );
  });

  it.each(['contains', 'startsWith'])(
    'a text that is too long to be searched for by %s is refused with the limit',
    async (operator) => {
      expect(await found({ rejectReason: { [operator]: 'x'.repeat(1_000) } })).toEqual([]);
      await expect(found({ rejectReason: { [operator]: 'x'.repeat(1_001) } })).rejects.toThrow(
        'rejectReason: a text of 1001 characters cannot be searched for, the maximum is 1000',
      );
    },
  );
});
