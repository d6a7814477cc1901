import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { subscriberLimits } from './bounded-queue.ts';
import type { CursorCodec, CursorReading } from './cursor.ts';
import { endable } from './endable.ts';
import {
  type EventPage,
  type EventSource,
  type PageRequest,
  type StreamItem,
  type StreamRequest,
  StreamStart,
} from './stream.ts';
import { type Subscriber, Tail, type TailOptions } from './tail.ts';

/** Where a stream begins, and what is said first. */
interface Opening {
  readonly sequence: number;
  readonly first: 'NOTHING' | 'CHECKPOINT' | 'SNAPSHOT';
  /** Why what the reader knows is worthless. */
  readonly reset?: string;
}

/**
 * Hands the event log to those who watch it. A reader first catches up from the log at its own pace, then joins the process's one
 * tail, which is woken after each commit and polls besides. Each live reader has its own bounded queue: one that stalls is closed
 * with SLOW_CONSUMER and costs the others nothing.
 */
export class EventHub {
  readonly #source: EventSource;
  readonly #cursors: CursorCodec;
  readonly #clock: Clock;
  readonly #options: TailOptions;
  readonly #tail: Tail;
  readonly #shutDowns = new Set<() => void>();
  #closed = false;
  #tellDelivered: (lagMs: number) => void = () => {};

  constructor(source: EventSource, cursors: CursorCodec, clock: Clock, logger: Logger, options: Partial<TailOptions> = {}) {
    this.#source = source;
    this.#cursors = cursors;
    this.#clock = clock;
    this.#options = { checkpointMs: 10_000, pollMs: 1_000, pageSize: 250, limits: subscriberLimits, ...options };
    this.#tail = new Tail(source, logger, this.#options);
  }

  /** Starts polling and checkpoints; without them only wake-ups move the streams. */
  start(): void {
    if (!this.#closed) this.#tail.start();
  }

  /** Ends every stream with SHUTTING_DOWN and its last cursor, to be resumed elsewhere. */
  close(): void {
    this.#closed = true;
    this.#tail.stop();
    for (const shutDown of this.#shutDowns) shutDown();
  }

  /** Calls back whenever a live event has been taken and dealt with, with the milliseconds since its commit was told. */
  onDelivered(listener: (lagMs: number) => void): void {
    this.#tellDelivered = listener;
  }

  /** How many streams are open, and how many items wait in the longest queue. */
  get load(): { readonly streams: number; readonly longestQueue: number } {
    return { streams: this.#shutDowns.size, longestQueue: this.#tail.longestQueue };
  }

  /** Something was committed to this user's log. Cheap, never throws. */
  wake(userId: string): void {
    if (!this.#closed) this.#tail.wake(userId);
  }

  /** Cursor of a user's newest event. */
  async cursor(userId: string): Promise<string> {
    return this.#cursors.encode(userId, await this.#source.head(userId));
  }

  /**
   * A lossless stream of one user's log: at least once, in order, resumable after the cursor of any item.
   * @throws DomainError BAD_CURSOR when `after` was not made here for this user. While it runs: SLOW_CONSUMER when the reader
   * stalls, SHUTTING_DOWN when the process ends; both carry the last `cursor` in their details
   */
  async stream<S>(request: StreamRequest<S>): Promise<AsyncIterableIterator<StreamItem<S>>> {
    if (this.#closed) throw this.#shuttingDown();
    const opening = await this.#opening(request, this.#read(request, 'after'));

    const ending = new AbortController();
    const shutDown = (): void => ending.abort('SHUTTING_DOWN');
    this.#shutDowns.add(shutDown);
    return endable(this.#items(request, opening, ending.signal), () => {
      this.#shutDowns.delete(shutDown);
      ending.abort('LEFT');
    });
  }

  /**
   * The events after a cursor, at most so many of the log looked at; without a cursor none, only where the log stands now.
   * @throws DomainError BAD_CURSOR when `after` was not made here for this user
   */
  async page(request: PageRequest, limit: number): Promise<EventPage> {
    const { userId, wants } = request;
    const reading = this.#read(request, 'since');
    const { sequence, first, reset } = await this.#opening(request, reading);
    const cursorOf = (at: number): string => this.#cursors.encode(userId, at);
    const nothing = (at: number, reason: string | null): EventPage => ({
      items: [],
      cursor: cursorOf(at),
      hasMore: false,
      reset: reason,
    });
    if (!reading) return nothing(sequence, null);
    if (first !== 'NOTHING') return nothing(sequence, reset ?? 'the cursor is from within a snapshot');
    const events = await this.#source.read(userId, sequence, limit);
    if (events.length > 0 && events[0].sequence !== sequence + 1)
      return nothing(await this.#source.head(userId), 'the cursor is older than the events that are kept');
    return {
      items: events
        .filter((event) => wants(event))
        .map((event) => ({ kind: 'EVENT', cursor: cursorOf(event.sequence), at: event.at, event })),
      cursor: cursorOf(events.at(-1)?.sequence ?? sequence),
      hasMore: events.length === limit,
      reset: null,
    };
  }

  /** @throws DomainError BAD_CURSOR when the cursor was not made here for this user */
  #read({ userId, after }: Pick<PageRequest, 'userId' | 'after'>, argument: string): CursorReading | undefined {
    const reading = typeof after === 'string' ? this.#cursors.decode(userId, after) : undefined;
    if (reading?.kind === 'FORGED')
      throw new DomainError('BAD_CURSOR', `"${argument}" is not an event cursor of this account; leave it out`, {
        path: [argument],
      });
    return reading;
  }

  async #opening(
    { userId, start }: Pick<StreamRequest<never>, 'userId' | 'start'>,
    reading: CursorReading | undefined,
  ): Promise<Opening> {
    const head = await this.#source.head(userId);
    const reset = (reason: string): Opening => ({ sequence: head, first: 'SNAPSHOT', reset: reason });
    if (!reading || reading.kind === 'FORGED')
      return { sequence: head, first: start === StreamStart.SNAPSHOT ? 'SNAPSHOT' : 'CHECKPOINT' };
    if (reading.kind === 'OTHER_DATABASE') return reset('the cursor is of another database');
    const { sequence, inSnapshot } = reading.position;
    if (sequence > head) return reset('the cursor is ahead of the log: the database was restored from an older copy');
    if (sequence < head && sequence + 1 < (await this.#source.first(userId)))
      return reset('the cursor is older than the events that are kept');
    return inSnapshot ? { sequence: head, first: 'SNAPSHOT' } : { sequence, first: 'NOTHING' };
  }

  async *#items<S>(
    request: StreamRequest<S>,
    opening: Opening,
    signal: AbortSignal,
  ): AsyncGenerator<StreamItem<S>, undefined, undefined> {
    const { userId, wants } = request;
    const position = { sequence: opening.sequence };
    if (opening.first === 'SNAPSHOT') yield* this.#snapshot(request, opening);
    else if (opening.first === 'CHECKPOINT') yield this.#checkpoint(userId, opening.sequence);

    let subscriber: Subscriber | undefined;
    while (!subscriber) {
      yield* this.#catchUp(request, position, signal);
      if (signal.aborted) return this.#ended(signal, userId, position.sequence);
      subscriber = this.#tail.join(
        { userId, wants, cursorOf: (sequence) => this.#cursors.encode(userId, sequence) },
        position.sequence,
      );
    }
    yield* this.#live(subscriber, signal);
    return undefined;
  }

  #checkpoint(userId: string, sequence: number): StreamItem<never> {
    return { kind: 'CHECKPOINT', cursor: this.#cursors.encode(userId, sequence), at: this.#clock.now() };
  }

  /** Until a snapshot is complete, its cursor means "send it again from its beginning". */
  async *#snapshot<S>({ userId, snapshot }: StreamRequest<S>, { sequence, reset }: Opening): AsyncGenerator<StreamItem<S>> {
    const cursor = this.#cursors.encode(userId, sequence, true);
    if (reset !== undefined) yield { kind: 'RESET', cursor, at: this.#clock.now(), reason: reset };
    for (const item of await snapshot()) yield { kind: 'SNAPSHOT', cursor, at: this.#clock.now(), item };
    yield { kind: 'SNAPSHOT_END', cursor: this.#cursors.encode(userId, sequence), at: this.#clock.now() };
  }

  /** Reads the log up to its present end and moves the position along. */
  async *#catchUp<S>(
    request: StreamRequest<S>,
    position: { sequence: number },
    signal: AbortSignal,
  ): AsyncGenerator<StreamItem<S>> {
    const { userId, wants } = request;
    const { pageSize, checkpointMs } = this.#options;
    let lastItem = performance.now();
    for (let isFull = true; isFull && !signal.aborted;) {
      const page = await this.#source.read(userId, position.sequence, pageSize);
      isFull = page.length === pageSize;
      for (const event of page) {
        if (event.sequence !== position.sequence + 1) {
          // Sequences have no gaps, so these events were deleted while this reader was on its way to them.
          position.sequence = await this.#source.head(userId);
          yield* this.#snapshot(request, {
            ...position,
            first: 'SNAPSHOT',
            reset: 'the cursor is older than the events that are kept',
          });
          return;
        }
        position.sequence = event.sequence;
        if (!wants(event)) continue;
        lastItem = performance.now();
        yield { kind: 'EVENT', cursor: this.#cursors.encode(userId, event.sequence), at: event.at, event };
      }
      if (performance.now() - lastItem < checkpointMs) continue;
      lastItem = performance.now();
      yield this.#checkpoint(userId, position.sequence);
    }
  }

  async *#live(subscriber: Subscriber, signal: AbortSignal): AsyncGenerator<StreamItem<never>> {
    const { queue, userId, cursorOf } = subscriber;
    const end = (): void => {
      if (signal.reason === 'SHUTTING_DOWN') queue.fail(this.#shuttingDown(cursorOf(subscriber.taken)));
      else queue.end();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      for (let item = await queue.next(); item; item = await queue.next()) {
        subscriber.taken = 'event' in item ? item.event.sequence : item.checkpoint;
        if ('event' in item) {
          yield { kind: 'EVENT', cursor: cursorOf(subscriber.taken), at: item.event.at, event: item.event };
          // Who asks for the next one has written this one.
          if (item.wokenAt !== undefined) this.#tellDelivered(performance.now() - item.wokenAt);
        } else yield this.#checkpoint(userId, item.checkpoint);
      }
    } finally {
      signal.removeEventListener('abort', end);
      this.#tail.leave(subscriber);
    }
  }

  #ended(signal: AbortSignal, userId: string, sequence: number): undefined {
    if (signal.reason === 'SHUTTING_DOWN') throw this.#shuttingDown(this.#cursors.encode(userId, sequence));
  }

  #shuttingDown(cursor?: string): DomainError {
    return new DomainError('SHUTTING_DOWN', 'the server is shutting down; subscribe again after the last cursor', {
      details: cursor === undefined ? {} : { cursor },
    });
  }
}
