import type { Redis } from 'ioredis';
import { newId } from '../ids.ts';
import type { Logger } from '../logger.ts';
import type { WakeBus, WakeKind } from './wake-bus.ts';

/** How long wake-ups are gathered for one message, in milliseconds: a burst of fills becomes one. */
const gatherMs = 2;

/**
 * Wake-ups over Redis: one channel, in batches, each named once. While Redis is away nothing is kept, since whoever misses a wake-up
 * looks at the database by itself; when it is back, it goes on.
 */
export class RedisWakeBus implements WakeBus {
  readonly #channel: string;
  /** Names this process, whose own messages come back to it as well. */
  readonly #self = newId();
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #listeners = new Map<WakeKind, ((id: string) => void)[]>();
  readonly #gathered = new Map<string, readonly [WakeKind, string]>();
  #sending: NodeJS.Timeout | undefined;
  #isSubscribed = false;

  /**
   * @param options.installation tells installations on one Redis apart
   * @param options.connect makes a connection of its own; a subscriber can do nothing else
   */
  constructor({ installation, connect, logger }: { installation: string; connect: () => Redis; logger: Pick<Logger, 'warn'> }) {
    this.#channel = `candlewick:${installation}:wakes`;
    this.#logger = logger;
    this.#publisher = connect();
    this.#subscriber = connect();
    this.#subscriber.on('message', (_channel: string, message: string) => this.#take(message));
    this.#subscriber.on('close', () => (this.#isSubscribed = false));
    this.#subscriber.on('ready', () => {
      this.#subscriber.subscribe(this.#channel).then(
        () => (this.#isSubscribed = true),
        // The connection broke again: the next one asks again.
        () => undefined,
      );
    });
  }

  get isConnected(): boolean {
    return this.#isSubscribed && this.#publisher.status === 'ready';
  }

  publish(kind: WakeKind, id: string): void {
    this.#gathered.set(`${kind} ${id}`, [kind, id]);
    this.#sending ??= setTimeout(() => this.#send(), gatherMs);
  }

  onWake(kind: WakeKind, listener: (id: string) => void): void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
  }

  async close(): Promise<void> {
    if (this.#sending) {
      clearTimeout(this.#sending);
      this.#send();
    }
    // What was written is on its way before the connection ends; nobody waits for a Redis that does not answer.
    if (this.#publisher.status === 'ready') await this.#publisher.quit().catch(() => undefined);
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
  }

  #send(): void {
    this.#sending = undefined;
    const message = JSON.stringify({ from: this.#self, wakes: [...this.#gathered.values()] });
    this.#gathered.clear();
    this.#publisher.publish(this.#channel, message).catch(() => undefined);
  }

  #take(message: string): void {
    let wakes: readonly (readonly [WakeKind, string])[];
    try {
      const read = JSON.parse(message) as { from?: unknown; wakes?: unknown };
      if (read.from === this.#self) return;
      if (!Array.isArray(read.wakes)) throw new TypeError('no list of wake-ups');
      wakes = read.wakes as typeof wakes;
    } catch (error) {
      this.#logger.warn({ err: error }, 'a message on the Redis channel of wake-ups could not be read');
      return;
    }
    for (const [kind, id] of wakes) for (const listener of this.#listeners.get(kind) ?? []) listener(id);
  }
}
