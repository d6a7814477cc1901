import type { Cancel } from '../../src/services/timers.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  isCanceled: boolean;
}

/** Time that passes only when it is told to. What is due at the same moment happens in the order in which it was asked for. */
export class VirtualTime {
  now: number;
  private readonly entries: Entry[] = [];
  private order = 0;

  constructor(now: number) {
    this.now = now;
  }

  at(moment: number, callback: () => void): Cancel {
    const entry: Entry = { at: Math.max(moment, this.now), order: this.order++, callback, isCanceled: false };
    let index = this.entries.length;
    for (; index > 0; index--) {
      const before = this.entries[index - 1];
      if (!before || before.at <= entry.at) break;
    }
    this.entries.splice(index, 0, entry);
    return () => {
      entry.isCanceled = true;
    };
  }

  after(ms: number, callback: () => void): Cancel {
    return this.at(this.now + ms, callback);
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Goes on to the next thing that is due, and lets it happen. @returns false when nothing is due by `until` */
  step(until: number): boolean {
    for (let entry = this.entries[0]; entry && entry.at <= until; entry = this.entries[0]) {
      this.entries.shift();
      if (entry.isCanceled) continue;
      this.now = entry.at;
      entry.callback();
      return true;
    }
    this.now = Math.max(this.now, until);
    return false;
  }
}
