import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { highWater, Outgoing } from '../outgoing.ts';

/** The way out of a WebSocket. */
export class SocketOutgoing extends Outgoing {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  #gathers = false;

  /** @param stream what the socket writes to */
  constructor(socket: WebSocket, stream: Duplex) {
    super(stream);
    this.#socket = socket;
    this.#stream = stream;
  }

  get hasRoom(): boolean {
    return this.#socket.bufferedAmount < highWater;
  }

  send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }

  /**
   * Writes a frame that was made elsewhere, without copying it, because the same bytes go to many. What comes in one turn of the event
   * loop leaves with one write to the system: that write is most of what a message costs.
   * @param head the frame's header and the start of its payload
   */
  sendFrame(head: Buffer, rest: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (!this.#gathers) {
      this.#gathers = true;
      this.#stream.cork();
      setImmediate(() => {
        this.#gathers = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(head);
    this.#stream.write(rest);
  }

  sent(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => this.#socket.send(text, () => resolve()));
  }
}
