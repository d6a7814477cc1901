import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Migrator, TSMigrationGenerator } from '@mikro-orm/migrations';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroORM } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { entities } from '../../entities/index.ts';
import type { Dialect } from './database.ts';
import { discovery } from './discovery.ts';
import { migrationFolder } from './migration-files.ts';

/** What was written for one database; `file` is null when it needs no change. */
export interface CreatedMigration {
  readonly dialect: Dialect;
  readonly file: string | null;
}

/**
 * Writes the migration from the entities as they were (the snapshot beside the migrations) to the entities as they are, one
 * for each database. Needs no database at all.
 * @param name letters, digits and underscores
 * @throws RangeError on any other name
 */
export async function createMigration(
  name: string,
  folders: { readonly [D in Dialect]: string } = {
    sqlite: fileURLToPath(migrationFolder('sqlite')),
    postgresql: fileURLToPath(migrationFolder('postgresql')),
  },
): Promise<CreatedMigration[]> {
  if (!/^[a-z]\w{0,59}$/i.test(name))
    throw new RangeError(
      `"${name.slice(0, 60)}" is not a migration name: a letter, then up to 59 letters, digits or underscores`,
    );
  const sqlite = await createFor('sqlite', name, folders.sqlite);
  return [sqlite, await createFor('postgresql', name, folders.postgresql)];
}

async function createFor(dialect: Dialect, name: string, folder: string): Promise<CreatedMigration> {
  const snapshot = `${folder}/snapshot.json`;
  if (!existsSync(snapshot)) writeFileSync(snapshot, '{ "tables": [], "namespaces": [] }\n');
  const orm = new MikroORM({
    driver: dialect === 'sqlite' ? SqliteDriver : PostgreSqlDriver,
    dbName: dialect === 'sqlite' ? ':memory:' : 'none',
    entities,
    discovery: discovery(dialect),
    migrations: {
      path: folder,
      emit: 'ts',
      snapshotName: 'snapshot',
      snapshotOnMigrate: false,
      silent: true,
      generator: Generator,
    },
  } as never);
  const { fileName } = await new Migrator(orm.em as never).create(folder, false, false, name);
  await orm.close(true);
  return { dialect, file: fileName === '' ? null : `${folder.replace(/\/$/, '')}/${fileName}` };
}

const clustered = /^create table `(?:candles|market_trades|tickers|order_book_snapshots)(?:__temp_alter)?` .*\)(?=;?$)/;

/** Market data is read by its key only: SQLite then keeps the rows in the key's own tree, half as large and one look-up less. */
class Generator extends TSMigrationGenerator {
  override createStatement(sql: string, padLeft: number): string {
    return super.createStatement(sql.replace(clustered, '$& without rowid'), padLeft);
  }
}
