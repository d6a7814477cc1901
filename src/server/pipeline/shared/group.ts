import type { SharedEvent } from './event.ts';

/** Somebody who is sent what a group's execution yields. */
export interface Member {
  /** Never waits and never throws: who cannot take it now keeps it in a backlog of its own. */
  take(event: SharedEvent): void;
  /** There is nothing more. */
  end(): void;
}

/** One execution of a subscription, and all who watch it. It ends when the last one leaves. */
export class Group {
  readonly #members = new Set<Member>();
  /** The newest value of each key, for those who come later. */
  readonly #newest = new Map<string, SharedEvent>();
  readonly #leaving = new AbortController();
  readonly #onEmpty: () => void;
  /** Settles when the source is open. */
  readonly opened: Promise<unknown>;

  /**
   * @param open opens the source and tells its events until it ends or the signal aborts; errors of the source are events too
   * @param onEmpty called once, when nobody is left or the source has ended
   */
  constructor(open: (group: Group, signal: AbortSignal) => Promise<unknown>, onEmpty: () => void) {
    this.#onEmpty = onEmpty;
    this.opened = open(this, this.#leaving.signal);
    // Each member is told by itself what went wrong.
    this.opened.catch(() => this.end());
  }

  get size(): number {
    return this.#members.size;
  }

  get isOver(): boolean {
    return this.#leaving.signal.aborted;
  }

  /** From now on the member is told everything, beginning with what is newest. */
  join(member: Member): void {
    for (const event of this.#newest.values()) member.take(event);
    this.#members.add(member);
  }

  leave(member: Member): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.#close();
  }

  tell(event: SharedEvent): void {
    const { key, keep } = event.place;
    // What is kept in order is the past for whoever comes later.
    if (keep) this.#newest.delete(key);
    else this.#newest.set(key, event);
    for (const member of this.#members) member.take(event);
  }

  /** The source has ended: so do all members. */
  end(): void {
    const members = [...this.#members];
    this.#members.clear();
    this.#close();
    for (const member of members) member.end();
  }

  #close(): void {
    if (this.isOver) return;
    this.#leaving.abort();
    this.#onEmpty();
  }
}
