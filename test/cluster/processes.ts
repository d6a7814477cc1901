import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import type { Role } from '../../src/config.ts';

/** One process of the program, which can be killed and started again at the same address. */
export class ServerProcess {
  readonly name: string;
  readonly url: string;
  readonly #env: Record<string, string>;
  readonly #print: (line: string) => void;
  #child: ChildProcess | undefined;
  #out = '';

  constructor(name: string, port: number, env: Record<string, string>, print: (line: string) => void = () => undefined) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}/graphql`;
    this.#env = { ...env, PORT: String(port) };
    this.#print = print;
  }

  /** What it has printed since it was last started. */
  get printed(): string {
    return this.#out;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.#out = '';
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'warn', ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        const text = chunk.toString();
        this.#out += text;
        for (const line of text.split('\n')) if (line.trim() !== '') this.#print(line);
        if (/Candlewick is ready[^\n]*\n/.test(this.#out)) resolve();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('exit', (code, signal) => reject(new Error(`${this.name} ended with ${signal ?? code}:\n${this.#out}`)));
    });
  }

  /** Ends it without warning. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Asks it to end, and waits. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}

export interface ClusterOptions {
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  /** What each process does; a process for each. */
  readonly roles: readonly (readonly Role[])[];
  /** The first one's port, the others' follow; free ones when left out. */
  readonly port?: number;
  readonly env?: Record<string, string>;
  readonly print?: (name: string, line: string) => void;
}

/** Processes that share a database, not started yet, in the order of their roles. */
export async function cluster({ databaseUrl, redisUrl, roles, port, env, print }: ClusterOptions): Promise<ServerProcess[]> {
  const counts = new Map<string, number>();
  const processes: ServerProcess[] = [];
  for (const list of roles) {
    const kind = list.length === 3 ? 'server' : list.join('+');
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    const name = `${kind} ${number}`;
    const all = {
      DATABASE_URL: databaseUrl,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
      CANDLEWICK_ROLES: list.join(),
      ...env,
    };
    const at = port === undefined ? await freePort() : port + processes.length;
    processes.push(new ServerProcess(name, at, all, print && ((line) => print(name, line))));
  }
  return processes;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
