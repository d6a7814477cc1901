import type { EntityClass } from '@mikro-orm/core';
import { beforeAll, expect, it } from 'vitest';
import {
  Alert,
  Backtest,
  Bot,
  ClosedTrade,
  DailyBalance,
  Event,
  LogEntry,
  Order,
  Position,
  RiskLimit,
  Strategy,
  Trade,
  User,
} from '../../../src/entities/index.ts';
import type { Database, PageArguments, RowOrder } from '../../../src/services/database/index.ts';
import { Rows } from '../../../src/services/database/rows/rows.ts';
import { Selections } from '../../../src/services/database/rows/select.ts';
import { type RowSource, transactionSource } from '../../../src/services/database/rows/source.ts';
import { type Column, type Table, tablesOf } from '../../../src/services/database/rows/table.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { aBot, anOrder, aUser, aWorld, type World, stored } from './builders.ts';

/** The lists of the program, by owner and by parent. */
const lists: readonly [name: string, entity: EntityClass<object>, order: string, parent?: string][] = [
  ['bots', Bot, 'createdAt'],
  ['bots of a strategy', Bot, 'createdAt', 'strategyId'],
  ['strategies', Strategy, 'createdAt'],
  ['orders', Order, 'createdAt'],
  ['orders of a bot', Order, 'createdAt', 'botId'],
  ['trades', Trade, 'executedAt'],
  ['trades of a bot', Trade, 'executedAt', 'botId'],
  ['trades of an order', Trade, 'executedAt', 'orderId'],
  ['positions', Position, 'openedAt'],
  ['positions by creation', Position, 'createdAt'],
  ['positions of a bot', Position, 'openedAt', 'botId'],
  ['closed trades', ClosedTrade, 'closedAt'],
  ['closed trades of a bot', ClosedTrade, 'closedAt', 'botId'],
  ['backtests', Backtest, 'createdAt'],
  ['backtests of a strategy', Backtest, 'createdAt', 'strategyId'],
  ['log entries', LogEntry, 'timestamp'],
  ['log entries of a bot', LogEntry, 'timestamp', 'botId'],
  ['risk limits', RiskLimit, 'createdAt'],
  ['alerts', Alert, 'createdAt'],
  ['daily balances', DailyBalance, 'date'],
];

/** Rows per table: the ledger grows for ever, the rest is made by hand. */
const rowsOf = new Map<object, number>([
  [Order, 100_000],
  [Trade, 200_000],
  [Event, 50_000],
]);

describeOnEachDatabase('lists over many rows', (open, dialect) => {
  let database: Database;
  let world: World;
  beforeAll(async () => {
    // One connection, so that what is set below holds for every statement.
    database = await open({ poolSize: 1 });
    world = await filled(database);
    // For a few thousand rows PostgreSQL sometimes rather sorts, as its sampled statistics fall out. With sorting made dear it
    // does so only where no index gives the order, which is the question here.
    if (dialect === 'postgresql') await database.system().execute('set enable_sort = off; set enable_bitmapscan = off');
  }, 120_000);

  const page = async (
    entity: EntityClass<object>,
    order: string,
    parent: string | undefined,
    args: PageArguments,
    plans: string[],
  ): Promise<string | undefined> => {
    const orderBy = [{ field: order, direction: 'DESC' }] as never as RowOrder<object>[];
    const where = parent === undefined ? {} : { [parent]: { eq: parentId(parent) } };
    const recording = recorded(database, world.user.id, plans);
    const query = { fields: ['userId'] as never[], where, orderBy };
    const read = await recording.page(entity, query, args);
    return read.rows[0] && read.cursorOf(read.rows.at(-1) as object as never);
  };

  const parentId = (parent: string): string =>
    ({ botId: world.bot.id, strategyId: world.strategy.id, orderId: orderId })[parent] as string;

  it.each(lists)(
    '%s come from an index, unsorted: first page, deep page, last page, both ends',
    async (_name, entity, order, parent) => {
      const plans: string[] = [];
      const cursor = await page(entity, order, parent, { first: 25 }, plans);
      expect(cursor).toBeDefined();
      await page(entity, order, parent, { first: 25, after: cursor }, plans);
      await page(entity, order, parent, { last: 25 }, plans);
      await page(entity, order, parent, { last: 25, before: cursor }, plans);
      expect(plans).toHaveLength(4);
      for (const plan of plans) {
        expect(plan).toMatch(dialect === 'sqlite' ? /SEARCH t USING (COVERING )?INDEX/ : /Index (Only )?Scan/);
        expect(plan).not.toMatch(
          dialect === 'sqlite' ? /SCAN t|TEMP B-TREE/ : /"(Seq Scan|Sort|Incremental Sort|Bitmap Heap Scan)"/,
        );
      }
    },
  );

  it.each(lists.filter(([, , , parent]) => parent))(
    '%s, for many parents at once, are taken from the index parent by parent',
    async (_name, entity, order, parent) => {
      const plans: string[] = [];
      const orderBy = [{ field: order, direction: 'DESC' }] as never as RowOrder<object>[];
      const pages = await recorded(database, world.user.id, plans).pageOfEach(
        entity,
        parent as never,
        [parentId(parent!), world.user.id],
        { fields: [], orderBy },
        { first: 20 },
      );
      expect(pages.get(parentId(parent!))?.rows).toHaveLength(20);
      if (dialect === 'sqlite') {
        expect(plans[0]).toMatch(/CORRELATED LIST SUBQUERY.*SEARCH t USING (COVERING )?INDEX/s);
        expect(plans[0]?.split('CORRELATED LIST SUBQUERY')[1]?.split('USE TEMP B-TREE FOR')[0]).not.toMatch(/SCAN/);
        // What is sorted is the result, of a few rows a parent.
        expect(plans[0]?.match(/TEMP B-TREE FOR ORDER BY/g)).toHaveLength(1);
      } else {
        expect(plans[0]).not.toMatch(/"Seq Scan"/);
        expect(plans[0]?.match(/"(Incremental )?Sort"/g)).toHaveLength(1);
      }
    },
  );

  it('events are read from the index by their number', async () => {
    const plans: string[] = [];
    const source = explaining(database, plans);
    const [user, after] = dialect === 'sqlite' ? ['?', '?'] : ['$1', '$2'];
    const sql = `select sequence, payload from events where user_id = ${user} and sequence > ${after} order by sequence limit 100`;
    expect(await source.all(sql, [world.user.id, 1000])).toHaveLength(100);
    expect(plans[0]).toMatch(dialect === 'sqlite' ? /SEARCH events USING INDEX/ : /Index Scan/);
    expect(plans[0]).not.toMatch(/TEMP B-TREE|Sort"|Seq Scan/);
  });

  it('counting stops at the cap', async () => {
    expect(await database.rows(world.user.id).countUpTo(Order, { side: { eq: 'BUY' } }, 100)).toEqual({
      value: 100,
      exact: false,
    });
  });

  let orderId: string;

  /** Rows of twenty people, made by the database itself. */
  async function filled(target: Database): Promise<World> {
    const people = await stored(target, (em) => Array.from({ length: 20 }, () => aUser(em)));
    const own = await stored(target, (em) => aWorld(em, em.getReference(User, people[0]!.id)));
    await stored(target, (em) => aBot(em, own));
    orderId = (await stored(target, (em) => anOrder(em, own))).id;
    const tables = tablesOf(target.orm);
    const known: Record<string, string> = {
      botId: own.bot.id,
      strategyId: own.strategy.id,
      exchangeId: own.exchange.id,
      orderId,
    };
    for (const entity of new Set([...lists.map(([, entity]) => entity), Event])) {
      const table = tables.get(entity) as Table;
      await target.transaction(async (em) =>
        em.execute(
          insertSql(
            table,
            rowsOf.get(entity) ?? 6_000,
            people.map(({ id }) => id),
            known,
          ),
        ),
      );
    }
    await target.system().execute(dialect === 'sqlite' ? 'analyze' : 'vacuum analyze');
    return own;
  }

  function insertSql(table: Table, count: number, people: readonly string[], known: Record<string, string>): string {
    const columns = [...table.columns.values()];
    const values = columns.map((column) => valueSql(table, column, people, known));
    const numbers =
      dialect === 'sqlite'
        ? `(with recursive s(n) as (select 1 union all select n + 1 from s where n < ${count}) select n from s)`
        : `generate_series(1, ${count}) as s(n)`;
    return `insert into ${table.sql} (${columns.map(({ sql }) => sql).join(', ')}) select ${values.join(', ')} from ${numbers}`;
  }

  function valueSql(
    { name, primaryKey }: Table,
    column: Column,
    people: readonly string[],
    known: Record<string, string>,
  ): string {
    const { key, kind, nullable } = column;
    if (primaryKey.includes(column))
      return dialect === 'sqlite'
        ? `printf('%08x-0000-7000-8000-%012x', n, n)`
        : `(lpad(to_hex(n), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
    if (key === 'userId')
      return `case n % ${people.length} ${people.map((id, index) => `when ${index} then ${uuid(id)}`).join(' ')} end`;
    // A fifth of the rows hang on one bot, strategy or order.
    if (known[key] !== undefined)
      return nullable ? `case when n % ${people.length} = 0 then ${uuid(known[key])} end` : uuid(known[key]);
    const fixed = words[`${name}.${key}`] ?? words[key];
    if (fixed !== undefined) return fixed;
    if (nullable) return 'null';
    switch (kind) {
      case 'decimal':
        return dialect === 'sqlite' ? `printf('%020d.000000000000000000', 1)` : '1';
      case 'time':
        return dialect === 'sqlite' ? `1700000000000 + n / 3 * 1000` : `to_timestamp(1700000000 + n / 3)`;
      case 'day':
        return `'2026-01-01'`;
      case 'json':
        return `'{}'`;
      case 'boolean':
        return dialect === 'sqlite' ? '0' : 'false';
      case 'integer':
      case 'large':
      case 'double':
        return 'n';
      default:
        return `'x' || n`;
    }
  }

  const uuid = (id: string): string => (dialect === 'sqlite' ? `'${id}'` : `'${id}'::uuid`);

  const words: Record<string, string> = {
    kind: `'RULES'`,
    'strategies.status': `'ACTIVE'`,
    'backtests.status': `'COMPLETED'`,
    'backtests.endDate': dialect === 'sqlite' ? '1900000000000' : 'to_timestamp(1900000000)',
    'backtests.progress': '100',
    'orders.status': `'FILLED'`,
    'orders.type': `'MARKET'`,
    'trades.type': `'MARKET'`,
    'events.type': `'ORDER_FILLED'`,
    'alerts.type': `'PRICE'`,
    'risk_limits.type': `'MAX_LEVERAGE'`,
    action: `'BLOCK_ENTRIES'`,
    mode: `'PAPER'`,
    marketType: `'SPOT'`,
    timeframe: `'H1'`,
    side: `'BUY'`,
    'positions.side': `'LONG'`,
    'positions.closedAt': dialect === 'sqlite' ? '1900000000000' : 'to_timestamp(1900000000)',
    'closed_trades.side': `'LONG'`,
    exitReason: `'SIGNAL'`,
    timeInForce: `'GTC'`,
    cancelOutcome: `'NONE'`,
    liquidity: `'TAKER'`,
    level: `'INFO'`,
    version: '1',
    attempt: '1',
    symbol: `'BTC/USDT'`,
    exchangeOrderId: `'x' || n`,
  };
});

/** Rows that leave the database's plan of each statement behind. */
function recorded(database: Database, owner: string, plans: string[]): Rows {
  return new Rows({
    source: explaining(database, plans),
    tables: tablesOf(database.orm),
    selections: new Selections(database.dialect),
    owner,
  });
}

function explaining(database: Database, plans: string[]): RowSource {
  const source = transactionSource(database.system(), database.dialect);
  return {
    dialect: database.dialect,
    all: async (sql, parameters) => {
      const plan = await source.all(
        `${database.dialect === 'sqlite' ? 'explain query plan' : 'explain (format json)'} ${sql}`,
        parameters,
      );
      plans.push(database.dialect === 'sqlite' ? plan.map(({ detail }) => detail).join('\n') : JSON.stringify(plan));
      return source.all(sql, parameters);
    },
  };
}
