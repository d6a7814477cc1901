import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clients } from './clients.ts';
import { type Command, type Kind, subscription } from './protocol.ts';

/** One server in a process of its own, and its clients here. */
export class Arena {
  readonly kind: Kind;
  readonly clients = new Clients();
  readonly #child: ChildProcess;
  readonly #port: number;
  #symbols: string[] = [];

  private constructor(kind: Kind, child: ChildProcess, port: number) {
    this.kind = kind;
    this.#child = child;
    this.#port = port;
  }

  static async start(kind: Kind): Promise<Arena> {
    const child = fork(join(import.meta.dirname, 'serve.ts'), [kind], {
      execArgv: ['--import', 'tsx', '--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' },
    });
    const { port } = await message<{ port: number }>(child);
    return new Arena(kind, child, port);
  }

  /** @param symbolOf what each client watches; nothing when it answers undefined */
  async connect(count: number, symbolOf: (index: number) => string | undefined): Promise<void> {
    this.#symbols = [...new Set(Array.from({ length: count }, (_, index) => symbolOf(index) ?? []).flat())];
    for (let from = 0; from < count; from += 100)
      await Promise.all(
        Array.from({ length: Math.min(100, count - from) }, (_, index) => {
          const symbol = symbolOf(from + index);
          return this.clients.add(this.kind, this.#port, symbol === undefined ? undefined : subscription(symbol));
        }),
      );
    // Subscriptions are not acknowledged: the first candle that reaches everybody tells that all are there.
    await sleep(300);
  }

  /**
   * Messages per second that arrive while candles are published as fast as they get through.
   * @param burst candles that are published at once; twice as many are on their way to each client at the same time
   */
  async rate(milliseconds: number, burst: number): Promise<number> {
    // A server that pushes to nobody in particular has one symbol for all.
    const symbols = this.kind === 'bare ws' ? ['all'] : this.#symbols;
    const perCandle = this.clients.size;
    const start = performance.now();
    const before = this.clients.delivered;
    let published = 0;
    const arrived = (): number => (this.clients.delivered - before) / perCandle;
    while (performance.now() - start < milliseconds) {
      if (published - arrived() <= burst) {
        this.#send({ publish: burst, symbols });
        published += burst;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (arrived() < published) {
      if (performance.now() - start > milliseconds + 20_000)
        throw new Error(`${this.kind}: ${published} candles were published, ${arrived().toFixed(1)} arrived`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return (this.clients.delivered - before) / ((performance.now() - start) / 1000);
  }

  async tell(what: 'bytes' | 'cpuMs'): Promise<number> {
    this.#send({ tell: what });
    return message<number>(this.#child);
  }

  stop(): void {
    this.clients.close();
    this.#child.kill('SIGKILL');
  }

  #send(command: Command): void {
    this.#child.send(command);
  }
}

function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the server ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (told) => {
      child.off('exit', ended);
      resolve(told as T);
    });
  });
}
