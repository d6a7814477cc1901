import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { highWater, Outgoing } from '../outgoing.ts';

/** The way out of a WebSocket. */
export class SocketOutgoing extends Outgoing {
  readonly #socket: WebSocket;

  /** @param stream what the socket writes to */
  constructor(socket: WebSocket, stream: Duplex) {
    super(stream);
    this.#socket = socket;
  }

  get hasRoom(): boolean {
    return this.#socket.bufferedAmount < highWater;
  }

  send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }

  sent(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => this.#socket.send(text, () => resolve()));
  }
}
