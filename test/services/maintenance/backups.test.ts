import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseId, databaseIdKey } from '../../../src/app/database-id.ts';
import { AuditEvent } from '../../../src/entities/identity/AuditEvent.ts';
import { User } from '../../../src/entities/identity/User.ts';
import { systemClock } from '../../../src/services/clock.ts';
import { type Database, DatabaseProblem, openDatabase } from '../../../src/services/database/index.ts';
import { openNative } from '../../../src/services/database/sqlite/native.ts';
import { createBackup, restoreBackup } from '../../../src/services/maintenance/backups.ts';

let folder: string;
let url: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candlewick-backup-'));
  url = `sqlite:${join(folder, 'live.db')}`;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const backup = (): string => join(folder, 'backup.db');
const create = (file = backup()): ReturnType<typeof createBackup> => createBackup(url, file, systemClock);
const restore = (file = backup()): ReturnType<typeof restoreBackup> =>
  restoreBackup(url, file, { clock: systemClock, forget: [databaseIdKey] });

async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase({ url });
  try {
    await database.migrate();
    return await work(database);
  } finally {
    await database.close();
  }
}

const addUser = (email: string): Promise<string> =>
  withDatabase(async (database) => {
    await database.transaction(async (em) => void em.create(User, { email, passwordHash: 'x' }, { persist: true }));
    return databaseId(database);
  });
const emails = (): Promise<string[]> =>
  withDatabase(async (database) => {
    const users = await database.systemRows().list(User, { fields: ['email'], orderBy: [{ field: 'email' }], limit: 100 });
    return users.map(({ email }) => email);
  });
const auditTypes = (): Promise<string[]> =>
  withDatabase(async (database) => {
    const rows = await database
      .systemRows()
      .list(AuditEvent, { fields: ['eventType'], orderBy: [{ field: 'occurredAt' }], limit: 100 });
    return rows.map(({ eventType }) => eventType);
  });

async function problem(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof DatabaseProblem)) throw new Error(`expected a DatabaseProblem, got ${String(error)}`);
  return error.message;
}

describe('a backup', () => {
  it('brings back what there was, and keeps what there is beside it', async () => {
    await addUser('before@example.com');
    const report = await create();
    expect(report.bytes).toBeGreaterThan(10_000);
    await addUser('after@example.com');
    const { previous, migrations, database } = await restore();
    expect(database).toBe(join(folder, 'live.db'));
    expect(migrations).toEqual([]);
    expect(await emails()).toEqual(['before@example.com']);
    expect(previous).toMatch(/live\.db\.before-restore-\d{8}T\d{9}Z$/);
    await restore(previous);
    expect(await emails()).toEqual(['after@example.com', 'before@example.com']);
  });

  it('is taken while the database is in use, what is not yet in the file included', async () => {
    await withDatabase(async (database) => {
      await database.transaction(
        async (em) => void em.create(User, { email: 'busy@example.com', passwordHash: 'x' }, { persist: true }),
      );
      await create();
      await database.transaction(
        async (em) => void em.create(User, { email: 'late@example.com', passwordHash: 'x' }, { persist: true }),
      );
    });
    await restore();
    expect(await emails()).toEqual(['busy@example.com']);
  });

  it('is remembered, and so is its restoring', async () => {
    await addUser('a@example.com');
    await create();
    expect(await auditTypes()).toEqual(['BACKUP_CREATED']);
    await restore();
    expect(await auditTypes()).toEqual(['BACKUP_RESTORED']);
  });

  it('becomes another database: cursors of the old one mean nothing in it', async () => {
    const before = await addUser('a@example.com');
    await create();
    await restore();
    expect(await withDatabase(databaseId)).not.toBe(before);
  });

  it('is restored where there is no database yet', async () => {
    await addUser('a@example.com');
    await create();
    rmSync(join(folder, 'live.db'));
    expect((await restore()).previous).toBeUndefined();
    expect(await emails()).toEqual(['a@example.com']);
  });

  it('leaves nothing but the database and the two copies behind', async () => {
    await addUser('a@example.com');
    await create();
    await restore();
    expect(readdirSync(folder).sort()).toEqual(['backup.db', 'live.db', expect.stringMatching(/^live\.db\.before-restore-/)]);
  });
});

describe('creating a backup is refused', () => {
  it('over a file that exists', async () => {
    await addUser('a@example.com');
    writeFileSync(backup(), 'precious');
    expect(await problem(create())).toBe(`the backup file ${backup()} exists already`);
    expect(readFileSync(backup(), 'utf8')).toBe('precious');
  });

  it('without a database, and none is made', async () => {
    expect(await problem(create())).toBe(`there is no database ${join(folder, 'live.db')} to back up`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('on PostgreSQL, with the tool that does it', async () => {
    expect(await problem(createBackup('postgres://me@localhost/x', backup(), systemClock))).toMatch(
      /^a PostgreSQL database is backed up with its own tool: pg_dump /,
    );
    expect(await problem(restoreBackup('postgres://me@localhost/x', backup(), { clock: systemClock, forget: [] }))).toMatch(
      /restored with its own tool: pg_restore /,
    );
  });
});

describe('restoring is refused, and the database stays as it is,', () => {
  beforeEach(async () => {
    await addUser('live@example.com');
  });
  afterEach(async () => {
    expect(await emails()).toEqual(['live@example.com']);
    expect(existsSync(join(folder, 'live.db.restoring'))).toBe(false);
  });

  it('when there is no such backup', async () => {
    expect(await problem(restore())).toBe(`there is no backup ${backup()}`);
  });

  it('when the backup is the database itself', async () => {
    expect(await problem(restore(join(folder, 'live.db')))).toBe(
      `${join(folder, 'live.db')} is the database itself, not a backup of it`,
    );
  });

  it.each([
    ['text', 'not a database at all, but long enough to look at'],
    ['nothing', ''],
  ])('when the backup is %s', async (_name, content) => {
    writeFileSync(backup(), content);
    expect(await problem(restore())).toBe(`${backup()} is not a SQLite database`);
  });

  it('when the backup is cut off', async () => {
    await create();
    truncateSync(backup(), 20_480);
    expect(await problem(restore())).toMatch(/damaged/);
  });

  it('when pages of the backup are overwritten', async () => {
    await create();
    const bytes = readFileSync(backup());
    bytes.fill(0xab, 8_192, 40_960);
    writeFileSync(backup(), bytes);
    expect(await problem(restore())).toMatch(/damaged/);
  });

  it('when rows of the backup refer to nothing', async () => {
    await create();
    const native = openNative(backup(), 'write');
    native.pragma('foreign_keys = OFF');
    native.exec("insert into settings (id, user_id, key, value, created_at, updated_at) values ('x', 'nobody', 'k', '1', 0, 0)");
    native.close();
    expect(await problem(restore())).toMatch(/damaged: rows of settings refer to missing rows of users/);
  });

  it('when the backup is of another program', async () => {
    const native = openNative(backup(), 'write');
    native.exec('create table users (id)');
    native.close();
    expect(await problem(restore())).toBe(`${backup()} is not a backup of this program: its tables are missing`);
  });

  it('when the backup is of a newer version', async () => {
    await create();
    const native = openNative(backup(), 'write');
    native.exec("insert into mikro_orm_migrations (name, executed_at) values ('Migration29990101000000_future', 0)");
    native.close();
    expect(await problem(restore())).toMatch(
      /Migration29990101000000_future, which this program does not know: a newer one wrote it/,
    );
  });

  it('while a server uses the database', async () => {
    await create();
    await withDatabase(async () => {
      expect(await problem(restore())).toBe(`the database ${join(folder, 'live.db')} is in use: stop the server first`);
    });
    expect(readdirSync(folder).filter((name) => name.includes('before-restore'))).toEqual([]);
  });

  it('when the backup is a copy of a file whose log is missing', async () => {
    // What `cp` makes of a database in use: its last changes are in the log beside it.
    await withDatabase(async () => {
      copyFileSync(join(folder, 'live.db'), backup());
    });
    truncateSync(backup(), 4_096);
    expect(await problem(restore())).toMatch(/damaged|tables are missing/);
  });
});
