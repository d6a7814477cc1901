import type { LoggedEvent } from '../../../src/services/events/event.ts';
import type { EventSource } from '../../../src/services/events/stream.ts';

/** An event log in memory whose reads take a turn of the event loop, as a database's do; tests decide when and how they end. */
export class MemoryLog implements EventSource {
  readonly #logs = new Map<string, LoggedEvent[]>();
  readonly #pruned = new Map<string, number>();
  /** How many turns of the event loop the answer of a read is under way. */
  latency: () => number = () => 1;
  failNextRead = false;

  append(userId: string, payload: object = {}, subjects: LoggedEvent['subjects'] = {}): LoggedEvent {
    const log = this.#logs.get(userId) ?? [];
    this.#logs.set(userId, log);
    const event: LoggedEvent = {
      userId,
      sequence: log.length + 1,
      type: 'ORDER_CHANGED',
      subjects,
      payload,
      size: JSON.stringify(payload).length,
      at: new Date(log.length),
    };
    log.push(event);
    return event;
  }

  /** Deletes events up to and including `sequence`, as retention does. */
  prune(userId: string, sequence: number): void {
    this.#pruned.set(userId, sequence);
  }

  async head(userId: string): Promise<number> {
    await this.#turn();
    return this.#logs.get(userId)?.length ?? 0;
  }

  async heads(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.#turn();
    return new Map(userIds.map((userId) => [userId, this.#logs.get(userId)?.length ?? 0]));
  }

  async first(userId: string): Promise<number> {
    await this.#turn();
    return (this.#pruned.get(userId) ?? 0) + 1;
  }

  async read(userId: string, after: number, limit: number): Promise<readonly LoggedEvent[]> {
    if (this.failNextRead) {
      this.failNextRead = false;
      throw new Error('connection lost');
    }
    await this.#turn();
    const from = Math.max(after, this.#pruned.get(userId) ?? 0);
    const page = (this.#logs.get(userId) ?? []).slice(from, from + limit);
    for (let turns = this.latency(); turns > 0; turns--) await this.#turn();
    return page;
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
