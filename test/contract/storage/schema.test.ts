import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/services/database/index.ts';
import { createMigration } from '../../../src/services/database/create-migration.ts';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEachDatabase } from '../../support/databases.ts';

describeOnEachDatabase('the migrated schema', (open, dialect) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  });

  it('is exactly what the entities say', async () => {
    expect(await database.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
  });

  it('has an index that begins with each foreign key', async () => {
    const missing = await (dialect === 'sqlite' ? bareKeysOfSqlite() : bareKeysOfPostgres());
    expect(missing).toEqual([]);
  });

  it('has the indexes that lists are read by', async () => {
    const indexes = (await (dialect === 'sqlite' ? indexesOfSqlite() : indexesOfPostgres())).map(
      ({ table, columns }) => `${table}(${columns.join(',')})`,
    );
    expect(indexes).toEqual(
      expect.arrayContaining([
        'trades(symbol,executed_at)',
        'trades(bot_id,executed_at)',
        'trades(bot_id,user_id,executed_at,id)',
        'trades(user_id,executed_at,id)',
        'positions(symbol,exchange_id,is_open)',
        'orders(status,created_at)',
        'orders(bot_id,created_at)',
        'orders(bot_id,user_id,created_at,id)',
        'orders(user_id,created_at,id)',
        'strategies(status)',
        'events(user_id,sequence)',
        'candles(exchange,symbol,timeframe,open_time)',
        ...[
          'bots',
          'strategies',
          'backtests',
          'optimizations',
          'monte_carlos',
          'risk_limits',
          'alerts',
          'positions',
          'api_keys',
        ].map((table) => `${table}(user_id,created_at,id)`),
      ]),
    );
  });

  if (dialect === 'sqlite')
    it('keeps candles in the tree of their key', async () => {
      const [row] = await database.system().execute<{ sql: string }[]>("select sql from sqlite_master where name = 'candles'");
      expect(row?.sql).toMatch(/without rowid$/);
    });

  interface Index {
    readonly table: string;
    readonly columns: readonly string[];
  }

  async function indexesOfSqlite(): Promise<Index[]> {
    const rows = await database.system().execute<{ tab: string; columns: string }[]>(
      `select m.name as tab, (select group_concat(name) from (select name from pragma_index_info(i.name) order by seqno)) as columns
           from sqlite_master m, pragma_index_list(m.name) i where m.type = 'table' and i.partial = 0`,
    );
    const keys = await database
      .system()
      .execute<{ tab: string; columns: string }[]>(
        `select m.name as tab, (select group_concat(name) from (select name from pragma_table_info(m.name) where pk > 0 order by pk)) as columns from sqlite_master m where m.type = 'table'`,
      );
    return [...rows, ...keys]
      .filter(({ columns }) => columns !== null)
      .map(({ tab, columns }) => ({ table: tab, columns: columns.split(',') }));
  }

  async function bareKeysOfSqlite(): Promise<string[]> {
    const indexes = await indexesOfSqlite();
    const keys = await database
      .system()
      .execute<{ tab: string; col: string }[]>(
        `select m.name as tab, f."from" as col from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table'`,
      );
    return bare(keys, indexes);
  }

  async function indexesOfPostgres(): Promise<Index[]> {
    const rows = await database.system().execute<{ tab: string; columns: string }[]>(
      `select c.relname as tab, (select string_agg(a.attname, ',' order by k.place) from unnest(i.indkey::int[]) with ordinality k(attnum, place)
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum) as columns
         from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and i.indpred is null`,
    );
    return rows.map(({ tab, columns }) => ({ table: tab, columns: columns.split(',') }));
  }

  async function bareKeysOfPostgres(): Promise<string[]> {
    const indexes = await indexesOfPostgres();
    const keys = await database.system().execute<{ tab: string; col: string }[]>(
      `select c.relname as tab, a.attname as col from pg_constraint f join pg_class c on c.oid = f.conrelid
         join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1] where f.contype = 'f'`,
    );
    return bare(keys, indexes);
  }

  function bare(keys: readonly { tab: string; col: string }[], indexes: readonly Index[]): string[] {
    expect(keys.length).toBeGreaterThan(50);
    return keys
      .filter(({ tab, col }) => !indexes.some(({ table, columns }) => table === tab && columns[0] === col))
      .map(({ tab, col }) => `${tab}.${col}`);
  }
});

describe('the migrations', () => {
  it('leave nothing to migrate: a new one would be empty on both databases', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'candlewick-migrations-'));
    try {
      cpSync('src/migrations', folder, { recursive: true });
      const before = readdirSync(folder, { recursive: true }).length;
      const created = await createMigration('drift', { sqlite: join(folder, 'sqlite'), postgresql: join(folder, 'postgresql') });
      expect(created.map(({ file }) => file)).toEqual([null, null]);
      expect(readdirSync(folder, { recursive: true })).toHaveLength(before);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
