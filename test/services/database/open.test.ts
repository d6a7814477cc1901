import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Setting } from '../../../src/entities/index.ts';
import { type Database, DatabaseProblem, openDatabase, withoutPassword } from '../../../src/services/database/index.ts';
import { parseLocation } from '../../../src/services/database/location.ts';
import { newPostgres } from '../../support/databases.ts';

let folder: string;
const opened: Database[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candlewick-open-'));
  chmodSync(folder, 0o777);
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function problemOf(url: string, lockWaitMs = 50): Promise<string> {
  const error: unknown = await openDatabase({ url, lockWaitMs }).then(
    (database) => void opened.push(database),
    (problem: unknown) => problem,
  );
  if (error instanceof DatabaseProblem) return error.message;
  throw new Error(`${url}: ${error === undefined ? 'opened' : String(error)}`);
}

/** Runs as somebody whom file permissions bind; root they do not. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a SQLite file that cannot be used is told in one sentence', () => {
  it('not a database', async () => {
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'these are notes, long enough to be taken for the header of a file\n'.repeat(20));
    const before = readFileSync(file, 'utf8');
    expect(await problemOf(`sqlite:${file}`)).toBe(`${file} is not a SQLite database`);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('a folder', async () => {
    mkdirSync(join(folder, 'data'));
    expect(await problemOf(`sqlite:${join(folder, 'data')}`)).toBe(
      `${join(folder, 'data')} is not a file, so it cannot be a database`,
    );
  });

  it('a file that is locked by another process', async () => {
    const file = join(folder, 'locked.db');
    await (await openDatabase({ url: `sqlite:${file}` })).close();
    const script = `const D = require('better-sqlite3'); const d = new D(${JSON.stringify(file)}); d.exec('begin immediate'); console.log('locked'); setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['-e', script], { cwd: process.cwd(), stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => other.stdout.once('data', resolve));
      expect(await problemOf(`sqlite:${file}`)).toBe(`the database file ${file} is locked by another process`);
    } finally {
      const gone = new Promise((resolve) => other.once('exit', resolve));
      other.kill();
      await gone;
    }
    const database = await openDatabase({ url: `sqlite:${file}`, lockWaitMs: 50 });
    opened.push(database);
  });

  it('a read-only file', async () => {
    const file = join(folder, 'readonly.db');
    const database = await openDatabase({ url: `sqlite:${file}` });
    await database.migrate();
    await database.close();
    chmodSync(file, 0o444);
    if (process.getuid?.() === 0) chownSync(file, 65534, 65534);
    const before = readFileSync(file);
    expect(await asOrdinaryUser(() => problemOf(`sqlite:${file}`))).toBe(`the database file ${file} is read-only`);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('a read-only folder', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(data, 0o555);
    expect(await asOrdinaryUser(() => problemOf(`sqlite:${join(data, 'x.db')}`))).toBe(
      `the folder ${data} of the database is read-only`,
    );
    expect(existsSync(join(data, 'x.db'))).toBe(false);
  });

  it('a folder that cannot be made', async () => {
    const data = join(folder, 'closed');
    mkdirSync(data);
    chmodSync(data, 0o555);
    expect(await asOrdinaryUser(() => problemOf(`sqlite:${join(data, 'a', 'x.db')}`))).toBe(
      `the folder ${join(data, 'a')} of the database cannot be made`,
    );
  });
});

describe('a PostgreSQL that cannot be used is told in one sentence', () => {
  it('unreachable', async () => {
    expect(await problemOf('postgres://me:hush@127.0.0.1:1/name')).toBe(
      'PostgreSQL at 127.0.0.1:1 cannot be reached (ECONNREFUSED)',
    );
  });

  it('a host that does not exist', async () => {
    expect(await problemOf('postgres://me:hush@nowhere.invalid/name')).toMatch(
      /^PostgreSQL at nowhere\.invalid:5432 cannot be reached \((ENOTFOUND|EAI_AGAIN)\)$/,
    );
  });

  it('something else that listens there', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await problemOf(`postgres://me:hush@127.0.0.1:${port}/name`)).toBe(
      `PostgreSQL at 127.0.0.1:${port} cannot be used: Connection terminated unexpectedly`,
    );
    server.close();
  });

  it('a missing database and a missing user', async () => {
    const { url, remove } = await newPostgres('template0');
    const { target } = parseLocation(url) as { target: { port: number } };
    expect(await problemOf(url.replace(/test_\w+$/, 'missing'))).toBe(
      `PostgreSQL at 127.0.0.1:${target.port} has no database "missing"`,
    );
    expect(await problemOf(url.replace('postgres@', 'ghost:hush@'))).toBe(
      `PostgreSQL at 127.0.0.1:${target.port} does not let user "ghost" in`,
    );
    await remove();
  });

  it('a wrong password', async () => {
    const { url, remove } = await newPostgres('template0');
    const { target } = parseLocation(url) as { target: { port: number } };
    const admin = await openDatabase({ url });
    opened.push(admin);
    const connection = admin.orm.em.fork().getConnection();
    await connection.execute("create role guarded login password 'right'");
    const [{ hba_file: file }] = await connection.execute<[{ hba_file: string }]>('show hba_file');
    const rules = readFileSync(file, 'utf8');
    writeFileSync(file, `host all guarded 127.0.0.1/32 scram-sha-256\n${rules}`);
    await connection.execute('select pg_reload_conf()');
    try {
      // The server reads its rules again when it gets to it.
      const wrong = (): Promise<string> => problemOf(url.replace('postgres@', 'guarded:wrong@')).catch(() => '');
      await expect.poll(wrong).toBe(`PostgreSQL at 127.0.0.1:${target.port} refused the password of user "guarded"`);
      await (await openDatabase({ url: url.replace('postgres@', 'guarded:right@') })).close();
    } finally {
      writeFileSync(file, rules);
      await connection.execute('select pg_reload_conf()');
      for (const database of opened.splice(0)) await database.close();
      await remove();
    }
  });
});

describe('a database URL', () => {
  it.each([
    ['mysql://me:hush@localhost/name', /is not understood: use sqlite:\.\/file\.db or postgres:\/\//],
    ['', /is not understood/],
    ['sqlite:', /is not understood/],
    ['postgres://me:hush@localhost:5432/', /names no database/],
    ['postgres://me:hush@localhost/x?sslmode=maybe', /sslmode "maybe" .* is unknown/],
    ['postgres://me:hush@local host/x', /is not understood/],
  ])('%s is refused, without the password in the sentence', async (url, message) => {
    const problem = await problemOf(url);
    expect(problem).toMatch(message);
    expect(problem).not.toContain('hush');
  });

  it('has its parts decoded', () => {
    expect(parseLocation('postgresql://me%40x:p%3Aw@db.example:6000/my%20name?sslmode=verify-full')).toEqual({
      dialect: 'postgresql',
      target: { host: 'db.example', port: 6000, user: 'me@x', name: 'my name' },
      password: 'p:w',
      ssl: { rejectUnauthorized: true },
    });
    expect(parseLocation('postgres://localhost/x')).toMatchObject({ target: { port: 5432, user: 'postgres' }, ssl: false });
    expect(parseLocation('sqlite:///tmp/x.db')).toEqual({ dialect: 'sqlite', file: '/tmp/x.db' });
    expect(parseLocation('sqlite::memory:')).toEqual({ dialect: 'sqlite', file: null });
  });

  it('is shown without its password', () => {
    expect(withoutPassword('postgres://me:hu:sh@host/x')).toBe('postgres://me:***@host/x');
    expect(withoutPassword('sqlite:./x.db')).toBe('sqlite:./x.db');
  });
});

it('a SQLite file is written ahead and flushed to the disk', async () => {
  const database = await openDatabase({ url: `sqlite:${join(folder, 'x.db')}` });
  opened.push(database);
  const em = database.system();
  const pragma = async (name: string): Promise<unknown> =>
    Object.values((await em.execute<object[]>(`pragma ${name}`))[0] ?? {})[0];
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('synchronous')).toBe(2);
  expect(await pragma('foreign_keys')).toBe(1);
  expect(await pragma('busy_timeout')).toBeGreaterThan(0);
});

it('a lock that another process holds for a while is waited for, and the process goes on meanwhile', async () => {
  const file = join(folder, 'busy.db');
  const database = await openDatabase({ url: `sqlite:${file}` });
  opened.push(database);
  await database.migrate();
  const script = `const D = require('better-sqlite3'); const d = new D(${JSON.stringify(file)}); d.exec('begin immediate'); console.log('locked'); setTimeout(() => d.exec('commit'), 1000);`;
  const other = spawn(process.execPath, ['-e', script], { cwd: process.cwd(), stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => other.once('exit', resolve));
  await new Promise((resolve) => other.stdout.once('data', resolve));
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  await database.transaction(async (em) => em.create(Setting, { key: 'k', value: 1 }));
  clearInterval(timer);
  await gone;
  expect(ticks).toBeGreaterThan(3);
  expect(await database.system().count(Setting)).toBe(1);
});
