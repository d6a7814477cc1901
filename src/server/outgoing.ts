import type { Duplex } from 'node:stream';

/** Bytes that may wait in memory for one client before nothing more is added that can wait elsewhere. */
export const highWater = 1024 * 1024;

/** The way out to one client. What is written and not read piles up in this process, so it is looked at before more is written. */
export abstract class Outgoing {
  readonly #stream: Duplex;
  #waiting: (() => void)[] = [];

  /** @param stream what all is written to in the end */
  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  abstract get hasRoom(): boolean;

  abstract send(text: string): void;

  /** Resolves when the text is out of this process, or the client has gone. */
  abstract sent(text: string): Promise<void>;

  /** Calls back once, when everything that waits is out, or the client has gone. Only for a way out without room. */
  whenDrained(listener: () => void): void {
    if (this.#waiting.length === 0) {
      const drained = (): void => {
        this.#stream.off('drain', drained).off('close', drained);
        const listeners = this.#waiting;
        this.#waiting = [];
        for (const each of listeners) each();
      };
      this.#stream.once('drain', drained).once('close', drained);
    }
    this.#waiting.push(listener);
  }
}
