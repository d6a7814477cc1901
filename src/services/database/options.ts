import type { AbstractSqlDriver, Options, SqlEntityManager } from '@mikro-orm/sql';
import { SqliteDriver } from './sqlite/driver.ts';
import { entities } from '../../entities/index.ts';
import { discovery } from './discovery.ts';
import type { Location } from './location.ts';
import { OwnerGuard } from './owner-guard.ts';
import { beginWithFirstStatement } from './postgres/begin.ts';
import { PostgresDriver } from './postgres/driver.ts';
import { TextGuard } from './text-guard.ts';
import { openNative, type NativeDatabase } from './sqlite/native.ts';
import { sqliteDialect } from './sqlite/dialect.ts';

export type OrmOptions = Options<AbstractSqlDriver, SqlEntityManager>;

/** What both databases are told. */
const common = {
  entities,
  allowGlobalContext: false,
  // A database that is not there is a mistake in the URL, not a wish.
  ensureDatabase: false,
  // Joined loading multiplies rows; one more statement per relation does not.
  loadStrategy: 'select-in',
  // Owner and row have the same user, so a reference needs no join to be filtered; loading it filters it again.
  autoJoinRefsForFilters: false,
  subscribers: [OwnerGuard, TextGuard],
} as const;

/** The connections of a SQLite file: one that writes, and one for everything that only reads and need not wait for it. */
export interface SqliteConnections {
  readonly write: NativeDatabase;
  /** Absent in memory, where every connection would be a database of its own. */
  readonly read: NativeDatabase | undefined;
}

export function openSqlite(file: string | null): SqliteConnections {
  const write = openNative(file, 'write');
  return { write, read: file === null ? undefined : openNative(file, 'read') };
}

export function sqliteOptions(file: string | null, connections: SqliteConnections, lockWaitMs: number): OrmOptions {
  const { read, write } = connections;
  return {
    ...common,
    discovery: discovery('sqlite'),
    driver: SqliteDriver,
    dbName: file ?? ':memory:',
    driverOptions: () => sqliteDialect(write, 'write', lockWaitMs),
    ...(read ? { replicas: [{ driverOptions: () => sqliteDialect(read, 'read', lockWaitMs) }] } : {}),
  } as unknown as OrmOptions;
}

export function postgresOptions(location: Extract<Location, { dialect: 'postgresql' }>, poolSize: number): OrmOptions {
  const { target, password, ssl } = location;
  return {
    ...common,
    discovery: discovery('postgresql'),
    driver: PostgresDriver,
    host: target.host,
    port: target.port,
    user: target.user,
    password,
    dbName: target.name,
    // Migrating holds a lock on one connection and works on another.
    pool: { min: 0, max: Math.max(2, poolSize) },
    driverOptions: {
      onPoolCreated: beginWithFirstStatement,
      // Times come back as text in the session's zone.
      options: '-c timezone=UTC',
      connectionTimeoutMillis: 10_000,
      // A process that stands still in the middle of a transaction must not keep others from the rows it has locked.
      idle_in_transaction_session_timeout: 15_000,
      application_name: 'candlewick',
      ...(ssl === false ? {} : { ssl }),
    },
  } as unknown as OrmOptions;
}
