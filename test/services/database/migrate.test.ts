import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bot, BotState, RefreshToken, User } from '../../../src/entities/index.ts';
import { createMigration } from '../../../src/services/database/create-migration.ts';
import { type Database, openDatabase } from '../../../src/services/database/index.ts';
import { aUser, aWorld, stored } from '../../contract/storage/builders.ts';
import { newPostgres } from '../../support/databases.ts';

let folder: string;
const opened: Database[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candlewick-migrate-'));
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(url: string): Promise<Database> {
  const database = await openDatabase({ url });
  opened.push(database);
  return database;
}

const files = (): string[] =>
  readdirSync(folder)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort();

describe('migrating a SQLite file', () => {
  const url = (): string => `sqlite:${join(folder, 'candlewick.db')}`;

  it('makes a new one without a backup, and is done the second time', async () => {
    const database = await open(url());
    const report = await database.migrate();
    expect(report.applied).toHaveLength(readdirSync('src/migrations/sqlite').filter((name) => name.endsWith('.ts')).length);
    expect(report.backup).toBeUndefined();
    expect(await database.migrate()).toEqual({ applied: [] });
    expect(files()).toEqual(['candlewick.db']);
  });

  it('makes the folder', async () => {
    const database = await open(`sqlite:${join(folder, 'a', 'b', 'candlewick.db')}`);
    await database.migrate();
    expect(existsSync(join(folder, 'a', 'b', 'candlewick.db'))).toBe(true);
  });

  it('keeps the rows that refer to a table which is rebuilt, and takes a backup first', async () => {
    const database = await open(url());
    await database.migrate();
    const world = await stored(database, (em) => aWorld(em));
    const token = await stored(database, (em) =>
      em.create(RefreshToken, { user: world.user.id, tokenHash: 'h', familyId: world.user.id, expiresAt: new Date() }),
    );
    await database.close();
    opened.pop();

    const again = await open(url());
    const report = await migrateWith(again, [rebuild('users'), rebuild('bots')]);
    expect(report.applied).toHaveLength(2);
    expect(await again.system().count(User)).toBe(1);
    expect(await again.system().count(RefreshToken, { id: token.id })).toBe(1);
    expect(await again.system().count(Bot)).toBe(1);
    expect(await again.system().count(BotState, { bot: world.bot.id })).toBe(1);
    expect(await again.system().execute('pragma foreign_keys')).toEqual([{ foreign_keys: 1 }]);

    expect(report.backup).toMatch(/candlewick\.db\.before-migration-\d{8}T\d{9}Z$/);
    const backup = await open(`sqlite:${report.backup}`);
    expect(await backup.system().count(RefreshToken, { id: token.id })).toBe(1);
    expect(await backup.migrate()).toEqual({ applied: [] });
  });

  it('undoes everything when rows would lose what they refer to', async () => {
    const database = await open(url());
    await database.migrate();
    await stored(database, (em) => aWorld(em));
    await expect(migrateWith(database, [['create table "extra" (a)'], ['delete from users']])).rejects.toThrow(
      /the migration was undone: \d+ rows, the first in \w+, would refer to missing rows of users/,
    );
    expect(await database.system().count(User)).toBe(1);
    expect(await database.system().execute("select name from sqlite_master where name = 'extra'")).toEqual([]);
    await expect(database.transaction(async (em) => em.nativeDelete(User, {}))).rejects.toThrow(/FOREIGN KEY/);
  });

  it('undoes everything when a statement fails, and goes on working', async () => {
    const database = await open(url());
    await database.migrate();
    await expect(migrateWith(database, [['create table "extra" (a)'], ['nonsense']])).rejects.toThrow(/nonsense/);
    expect(await database.system().execute("select name from sqlite_master where name = 'extra'")).toEqual([]);
    await stored(database, (em) => aUser(em));
  });

  it('refuses a database that a newer program migrated, and leaves it as it is', async () => {
    const database = await open(url());
    await database.migrate();
    await database.transaction(async (em) =>
      em.execute("insert into mikro_orm_migrations (name, executed_at) values ('Migration29991231235959_future', 0)"),
    );
    await expect(database.migrate()).rejects.toThrow(
      /^the database has the migration Migration29991231235959_future, which this program does not know: a newer one wrote it$/,
    );
    expect(files()).toEqual(['candlewick.db']);
  });

  it('two programs at once take turns', async () => {
    const [one, two] = [await open(url()), await open(url())];
    const reports = await Promise.all([one.migrate(), two.migrate()]);
    expect(reports.map(({ applied }) => applied.length).sort()).toEqual([
      0,
      readdirSync('src/migrations/sqlite').filter((name) => name.endsWith('.ts')).length,
    ]);
    await stored(two, (em) => aUser(em));
  });

  it('works in memory', async () => {
    const database = await open('sqlite::memory:');
    await database.migrate();
    const user = await stored(database, (em) => aUser(em));
    expect((await database.rows(user.id).find(User, user.id, ['email']))?.email).toBe(user.email);
  });

  it('a backup is whole while the database is in use', async () => {
    const database = await open(url());
    await database.migrate();
    const user = await stored(database, (em) => aUser(em));
    const copy = join(folder, 'copies', "it's a copy.db");
    database.backupTo(copy);
    expect(await (await open(`sqlite:${copy}`)).system().count(User, { id: user.id })).toBe(1);
    expect(() => database.backupTo(copy)).toThrow(/the backup file .*copy\.db exists already/);
  });

  /** Rebuilds a table as a generated migration does: copy, drop, rename. */
  function rebuild(table: string): string[] {
    return [
      'pragma foreign_keys = off;',
      `create table "${table}__temp_alter" as select * from "${table}";`,
      `drop table "${table}";`,
      `alter table "${table}__temp_alter" rename to "${table}";`,
      `create unique index "${table}_id" on "${table}" ("id");`,
      'pragma foreign_keys = on;',
    ];
  }

  /** Migrates with the program's migrations and further ones, each a list of statements. */
  async function migrateWith(database: Database, more: readonly string[][]) {
    const folderOfMore = join(folder, 'more');
    cpSync('src/migrations/sqlite', folderOfMore, { recursive: true, filter: (name) => !name.endsWith('.json') });
    more.forEach((statements, index) => {
      const name = `Migration2999010100000${index}_more`;
      const body = statements.map((sql) => `this.addSql(${JSON.stringify(sql)});`).join(' ');
      writeFileSync(
        join(folderOfMore, `${name}.ts`),
        `import { Migration } from '@mikro-orm/migrations';\nexport class ${name} extends Migration { override up() { ${body} } }\n`,
      );
    });
    return database.migrate({ folder: folderOfMore });
  }
});

describe('migrating PostgreSQL', () => {
  it('two programs at once take turns', async () => {
    const { url, remove } = await newPostgres('template0');
    const [one, two] = [await openDatabase({ url }), await openDatabase({ url })];
    try {
      const reports = await Promise.all([one.migrate(), two.migrate()]);
      const all = readdirSync('src/migrations/postgresql').filter((name) => name.endsWith('.ts')).length;
      expect(reports.map(({ applied }) => applied.length).sort()).toEqual([0, all]);
      expect(reports.map(({ backup }) => backup)).toEqual([undefined, undefined]);
      await one.transaction(async (em) =>
        em.execute("insert into mikro_orm_migrations (name) values ('Migration29991231235959_future')"),
      );
      await expect(two.migrate()).rejects.toThrow(/which this program does not know/);
      expect(() => one.backupTo(join(folder, 'x'))).toThrow('a PostgreSQL database is backed up with pg_dump');
    } finally {
      await one.close();
      await two.close();
      await remove();
    }
  });
});

describe('making a migration', () => {
  const folders = (): { sqlite: string; postgresql: string } => ({
    sqlite: join(folder, 'sqlite'),
    postgresql: join(folder, 'postgresql'),
  });

  it('writes one for each database from what changed since the last, and nothing the second time', async () => {
    cpSync('src/migrations', folder, { recursive: true });
    for (const dialect of ['sqlite', 'postgresql'] as const) {
      const file = join(folders()[dialect], 'snapshot.json');
      const snapshot = JSON.parse(readFileSync(file, 'utf8')) as { tables: { name: string; indexes: { keyName: string }[] }[] };
      const bots = snapshot.tables.find(({ name }) => name === 'bots')!;
      bots.indexes = bots.indexes.filter(({ keyName }) => keyName !== 'bots_user_id_created_at_id_index');
      writeFileSync(file, JSON.stringify(snapshot));
    }
    const created = await createMigration('add_index', folders());
    expect(created.map(({ dialect }) => dialect)).toEqual(['sqlite', 'postgresql']);
    for (const { file } of created) {
      expect(file).toMatch(/Migration\d{14}_add_index\.ts$/);
      expect(readFileSync(file!, 'utf8')).toMatch(/create index .*bots_user_id_created_at_id_index/);
    }
    expect((await createMigration('again', folders())).map(({ file }) => file)).toEqual([null, null]);
  });

  it.each(['', '1st', 'a-b', '../x', 'x'.repeat(61)])('refuses the name "%s"', async (name) => {
    await expect(createMigration(name, folders())).rejects.toThrow(/is not a migration name/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
