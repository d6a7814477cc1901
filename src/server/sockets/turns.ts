import type { Outgoing } from '../outgoing.ts';

/** Operations of one socket that run at the same time. */
const mostRunning = 4;
/** Operations that may wait for their turn before the socket is not listened to any more. */
const mostWaiting = 16;

/**
 * Lets a socket's operations run a few at a time, and none while the client does not read what it has been answered: otherwise one
 * that asks and does not read would fill the memory.
 */
export class Turns {
  readonly #outgoing: Outgoing;
  readonly #onRoom: () => void;
  #running = 0;
  #waiting: (() => void)[] = [];
  #watching = false;

  /** @param onRoom called when somebody's turn is over */
  constructor(outgoing: Outgoing, onRoom: () => void) {
    this.#outgoing = outgoing;
    this.#onRoom = onRoom;
  }

  /** So much is waiting that nothing more should be listened to. */
  get isCrowded(): boolean {
    return this.#waiting.length >= mostWaiting;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= mostRunning || !this.#outgoing.hasRoom)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#next();
      });
    else this.#running += 1;
    try {
      return await work();
    } finally {
      // Only when its answer is on the way out does it count for how much waits there.
      setImmediate(() => {
        this.#running -= 1;
        this.#next();
        this.#onRoom();
      });
    }
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#running < mostRunning && !this.#watching) {
      if (!this.#outgoing.hasRoom) {
        this.#watching = true;
        this.#outgoing.whenDrained(() => {
          this.#watching = false;
          this.#next();
        });
        return;
      }
      this.#running += 1;
      this.#waiting.shift()?.();
    }
  }
}
