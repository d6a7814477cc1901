import type { FormattedExecutionResult } from 'graphql';
import { DomainError } from '../services/errors.ts';
import type { ServerCounters } from './counters.ts';
import type { Outgoing } from './outgoing.ts';
import { Backlog, mostKept } from './pipeline/shared/backlog.ts';
import { SharedEvent } from './pipeline/shared/event.ts';
import type { Member } from './pipeline/shared/group.ts';

/** A client's part in a shared subscription: what all others are sent, behind a backlog of its own while it does not read. */
export abstract class SharedMember implements Member {
  readonly #outgoing: Outgoing;
  readonly #counters: ServerCounters;
  readonly #onEnd: () => void;
  readonly #refuse: (error: unknown) => FormattedExecutionResult;
  #backlog: Backlog | undefined;
  #isOver = false;

  constructor(
    { outgoing, counters }: { outgoing: Outgoing; counters: ServerCounters },
    onEnd: () => void,
    refuse: (error: unknown) => FormattedExecutionResult,
  ) {
    this.#outgoing = outgoing;
    this.#counters = counters;
    this.#onEnd = onEnd;
    this.#refuse = refuse;
  }

  /** Writes an event to the client. */
  protected abstract write(event: SharedEvent): void;

  take(event: SharedEvent): void {
    if (this.#isOver) return;
    if (this.#backlog) this.#keep(this.#backlog, event);
    else if (this.#outgoing.hasRoom) this.write(event);
    else {
      this.#backlog = new Backlog();
      this.#keep(this.#backlog, event);
      this.#outgoing.whenDrained(() => this.#catchUp());
    }
  }

  end(): void {
    this.#isOver = true;
    if (!this.#backlog) this.#onEnd();
  }

  #keep(backlog: Backlog, event: SharedEvent): void {
    const added = backlog.add(event);
    if (added === 'REPLACED') this.#counters.conflated += 1;
    if (added !== 'FULL') return;
    this.#counters.slowConsumers += 1;
    this.#backlog = undefined;
    this.#isOver = true;
    const reason = `the stream was not read: more than ${mostKept} values that must not be left out are waiting; subscribe again`;
    const last = this.#refuse(new DomainError('SLOW_CONSUMER', reason));
    this.write(new SharedEvent(last, event.place));
    this.#onEnd();
  }

  #catchUp(): void {
    const backlog = this.#backlog;
    if (!backlog) return;
    while (this.#outgoing.hasRoom) {
      const event = backlog.shift();
      if (!event) {
        this.#backlog = undefined;
        if (this.#isOver) this.#onEnd();
        return;
      }
      this.write(event);
    }
    this.#outgoing.whenDrained(() => this.#catchUp());
  }
}
