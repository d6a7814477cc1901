import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Bytes that may wait in memory for one socket before nothing more is added that can wait elsewhere. */
export const highWater = 1024 * 1024;

/** The way out of one socket. What is written and not read piles up in this process, so it is looked at before more is written. */
export class Outgoing {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  #waiting: (() => void)[] = [];

  /** @param stream what the socket writes to */
  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
  }

  get hasRoom(): boolean {
    return this.#socket.bufferedAmount < highWater;
  }

  send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }

  /** Resolves when the text is out of this process, or the socket has gone. */
  sent(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => this.#socket.send(text, () => resolve()));
  }

  /** Calls back once, when everything that waits is out, or the socket has gone. Only for a way out without room. */
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
