import { DomainError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { BoundedQueue, type QueueLimits } from './bounded-queue.ts';
import type { LoggedEvent } from './event.ts';
import type { EventSource } from './stream.ts';

/** What a live reader is handed: an event, or the news that nothing up to a sequence was for it. */
export type LiveItem = { readonly event: LoggedEvent; readonly wokenAt: number | undefined } | { readonly checkpoint: number };

export interface TailOptions {
  /** A quiet reader gets a checkpoint this often, in milliseconds. */
  readonly checkpointMs: number;
  /** How often the log is looked at although nobody called, in milliseconds: wake-ups of other processes can get lost. */
  readonly pollMs: number;
  /** Events per read of the log. */
  readonly pageSize: number;
  readonly limits: QueueLimits;
}

/** A reader that has caught up with its user's log. */
export interface Subscriber {
  readonly userId: string;
  readonly queue: BoundedQueue<LiveItem>;
  readonly wants: (event: LoggedEvent) => boolean;
  /** Names a sequence for the error of a stalled reader. */
  readonly cursorOf: (sequence: number) => string;
  /** Everything up to here came from the log while catching up. */
  readonly joinedAt: number;
  /** Sequence of the last item that the reader took. */
  taken: number;
  /** When something was last put into the queue, on the process's monotonic clock. */
  lastPush: number;
}

/** The live readers of one user. */
interface Channel {
  /** Sequence up to which they have been served. */
  position: number;
  /** When the first commit that has not been read yet was told, on the process's monotonic clock. */
  wokenAt: number | undefined;
  readonly subscribers: Set<Subscriber>;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The one reader of the log in this process; it serves every live subscriber from each page that it reads. */
export class Tail {
  readonly #source: EventSource;
  readonly #logger: Logger;
  readonly #options: TailOptions;
  readonly #channels = new Map<string, Channel>();
  readonly #dirty = new Set<string>();
  #pumping = false;
  #polling = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(source: EventSource, logger: Logger, options: TailOptions) {
    this.#source = source;
    this.#logger = logger;
    this.#options = options;
  }

  /** Starts polling and checkpoints. */
  start(): void {
    if (this.#timers.length > 0) return;
    const { pollMs, checkpointMs } = this.#options;
    this.#timers = [
      setInterval(() => void this.#poll(), pollMs).unref(),
      setInterval(() => this.#checkpoint(), Math.max(20, Math.floor(checkpointMs / 4))).unref(),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  get longestQueue(): number {
    let longest = 0;
    for (const { subscribers } of this.#channels.values())
      for (const { queue } of subscribers) longest = Math.max(longest, queue.length);
    return longest;
  }

  /** Something was committed to this user's log. Cheap, and never throws: the work is done later. */
  wake(userId: string): void {
    const channel = this.#channels.get(userId);
    if (!channel) return;
    channel.wokenAt ??= performance.now();
    this.#dirty.add(userId);
    if (!this.#pumping) void this.#pump();
  }

  /**
   * Joins the tail at `position`, or answers undefined when it is further already and the reader has to read on by itself.
   * Synchronous: nothing can be handed out in between, so nothing is missed and nothing comes twice.
   */
  join(reader: Pick<Subscriber, 'userId' | 'wants' | 'cursorOf'>, position: number): Subscriber | undefined {
    let channel = this.#channels.get(reader.userId);
    if (channel && channel.position > position) return undefined;
    const isNew = channel === undefined;
    channel ??= { position, wokenAt: undefined, subscribers: new Set() };
    const { userId, wants, cursorOf } = reader;
    const queue = new BoundedQueue<LiveItem>(this.#options.limits);
    const subscriber: Subscriber = {
      userId,
      wants,
      cursorOf,
      queue,
      joinedAt: position,
      taken: position,
      lastPush: performance.now(),
    };
    channel.subscribers.add(subscriber);
    this.#channels.set(userId, channel);
    // Wake-ups before there is a channel go nowhere; what was committed since the reader's last page is read now.
    if (isNew) this.wake(userId);
    return subscriber;
  }

  leave(subscriber: Subscriber): void {
    subscriber.queue.end();
    const channel = this.#channels.get(subscriber.userId);
    channel?.subscribers.delete(subscriber);
    if (channel?.subscribers.size === 0) this.#channels.delete(subscriber.userId);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      // A set being iterated also visits what is added meanwhile.
      for (const userId of this.#dirty) {
        this.#dirty.delete(userId);
        await this.#serve(userId);
      }
    } catch (error) {
      // The next poll finds what was missed: a position moves only when its event was handed out.
      this.#logger.error({ err: error }, 'reading the event log failed; it is tried again');
    } finally {
      this.#pumping = false;
    }
  }

  async #serve(userId: string): Promise<void> {
    const channel = this.#channels.get(userId);
    if (!channel) return;
    const { wokenAt } = channel;
    channel.wokenAt = undefined;
    const page = await this.#source.read(userId, channel.position, this.#options.pageSize);
    // Everyone may have left meanwhile, and a newcomer begun another channel further on.
    if (this.#channels.get(userId) !== channel) return;
    for (const event of page) {
      channel.position = event.sequence;
      for (const subscriber of channel.subscribers)
        if (event.sequence > subscriber.joinedAt && subscriber.wants(event))
          this.#push(subscriber, { event, wokenAt }, event.size);
    }
    if (page.length < this.#options.pageSize) return;
    this.#dirty.add(userId);
    // Readers write to sockets: without a turn of the event loop a burst would fill the queues of healthy ones.
    await nextTurn();
  }

  #push(subscriber: Subscriber, item: LiveItem, size: number): void {
    subscriber.lastPush = performance.now();
    if (subscriber.queue.push(item, size)) return;
    const { items, bytes } = this.#options.limits;
    subscriber.queue.fail(
      new DomainError(
        'SLOW_CONSUMER',
        `the stream was not read: more than ${items} items or ${bytes} bytes are waiting; subscribe again after the cursor`,
        { details: { cursor: subscriber.cursorOf(subscriber.taken) } },
      ),
    );
    this.leave(subscriber);
  }

  #checkpoint(): void {
    const now = performance.now();
    for (const channel of this.#channels.values())
      for (const subscriber of channel.subscribers) {
        // Who has something to read needs no checkpoint, and who has stalled must not collect them.
        if (now - subscriber.lastPush < this.#options.checkpointMs || subscriber.queue.length > 0) continue;
        this.#push(subscriber, { checkpoint: Math.max(channel.position, subscriber.joinedAt) }, 0);
      }
  }

  async #poll(): Promise<void> {
    if (this.#polling || this.#channels.size === 0) return;
    this.#polling = true;
    try {
      const heads = await this.#source.heads([...this.#channels.keys()]);
      for (const [userId, head] of heads) if (head > (this.#channels.get(userId)?.position ?? head)) this.wake(userId);
    } catch (error) {
      this.#logger.error({ err: error }, 'polling the event log failed; it is tried again');
    } finally {
      this.#polling = false;
    }
  }
}
