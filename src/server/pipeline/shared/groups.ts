import { endless } from './endless.ts';
import { Group, type Member } from './group.ts';

/** All shared executions of this process. */
export class Groups {
  readonly #groups = new Map<string, Group>();

  get size(): number {
    return this.#groups.size;
  }

  /** How many watch one. */
  get members(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.size;
    return count;
  }

  /**
   * Lets a member in, opening the group if it is the first.
   * @param key what decides what is sent: document, operation, variables and scope, and nothing of who asks
   * @param make tells how a member is told of its end
   * @returns what the transport waits on: it yields nothing, ends with the group, and leaves it when returned
   * @throws whatever opening the source throws, to each member
   */
  async join(
    key: string,
    open: (group: Group, signal: AbortSignal) => Promise<unknown>,
    make: (onEnd: () => void) => Member,
  ): Promise<AsyncIterableIterator<never>> {
    let group = this.#groups.get(key);
    if (!group) {
      const opened: Group = new Group(open, () => {
        if (this.#groups.get(key) === opened) this.#groups.delete(key);
      });
      this.#groups.set(key, (group = opened));
    }
    const joined = group;
    const waiting = endless(() => joined.leave(member));
    // Nobody returns an iterator that has ended: a member that was told of its end leaves by itself.
    const member = make(() => {
      joined.leave(member);
      waiting.end();
    });
    joined.join(member);
    try {
      await joined.opened;
    } catch (error) {
      waiting.end();
      throw error;
    }
    return waiting.iterator;
  }
}
