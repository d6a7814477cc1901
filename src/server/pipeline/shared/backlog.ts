import type { SharedEvent } from './event.ts';

/** Values that must not be left out and may wait for one reader; more means that it has stalled. */
export const mostKept = 500;

/**
 * What waits for a reader that is behind: the newest value of each key, and every one that must not be left out. It holds references
 * to events that all readers share, so a reader that stalls costs little.
 */
export class Backlog {
  #waiting: SharedEvent[] = [];
  #kept = 0;

  get length(): number {
    return this.#waiting.length;
  }

  /** Adds a value. FULL: there is no room for one that must not be left out. */
  add(event: SharedEvent): 'ADDED' | 'REPLACED' | 'FULL' {
    const { key, keep } = event.place;
    if (keep) {
      if (this.#kept === mostKept) return 'FULL';
      this.#kept += 1;
    } else {
      const older = this.#waiting.findIndex(({ place }) => !place.keep && place.key === key);
      if (older >= 0) {
        this.#waiting.splice(older, 1);
        this.#waiting.push(event);
        return 'REPLACED';
      }
    }
    this.#waiting.push(event);
    return 'ADDED';
  }

  shift(): SharedEvent | undefined {
    const event = this.#waiting.shift();
    if (event?.place.keep) this.#kept -= 1;
    return event;
  }
}
