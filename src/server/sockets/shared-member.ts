import type { FormattedExecutionResult } from 'graphql';
import { DomainError } from '../../services/errors.ts';
import type { ServerCounters } from '../counters.ts';
import { Backlog, mostKept } from '../pipeline/shared/backlog.ts';
import type { SharedEvent } from '../pipeline/shared/event.ts';
import type { Member } from '../pipeline/shared/group.ts';
import type { Outgoing } from './outgoing.ts';

/** A socket's part in a shared subscription: the same text as for all others, behind an id of its own. */
export class SharedMember implements Member {
  readonly #head: string;
  readonly #outgoing: Outgoing;
  readonly #counters: ServerCounters;
  readonly #onEnd: () => void;
  readonly #refuse: (error: unknown) => FormattedExecutionResult;
  #backlog: Backlog | undefined;
  #isOver = false;

  /** @param id the subscription's on this socket */
  constructor(
    id: string,
    { outgoing, counters }: { outgoing: Outgoing; counters: ServerCounters },
    onEnd: () => void,
    refuse: (error: unknown) => FormattedExecutionResult,
  ) {
    this.#head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.#outgoing = outgoing;
    this.#counters = counters;
    this.#onEnd = onEnd;
    this.#refuse = refuse;
  }

  take(event: SharedEvent): void {
    if (this.#isOver) return;
    if (this.#backlog) this.#keep(this.#backlog, event);
    else if (this.#outgoing.hasRoom) this.#outgoing.send(this.#head + event.tail);
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
    this.#outgoing.send(`${this.#head}${JSON.stringify(this.#refuse(new DomainError('SLOW_CONSUMER', reason)))}}`);
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
      this.#outgoing.send(this.#head + event.tail);
    }
    this.#outgoing.whenDrained(() => this.#catchUp());
  }
}
