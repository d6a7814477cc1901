import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { highWater, Outgoing } from '../outgoing.ts';

/** The way out of a response that goes on and on. */
export class ResponseOutgoing extends Outgoing {
  readonly #response: ServerResponse;

  /** @param socket what the response is written to */
  constructor(response: ServerResponse, socket: Socket) {
    super(socket);
    this.#response = response;
  }

  get hasRoom(): boolean {
    return this.#response.writableLength < highWater;
  }

  get #isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  send(text: string | Buffer): void {
    if (this.#isOpen) this.#response.write(text);
  }

  sent(text: string): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      // A response whose client has gone calls nobody back.
      const done = (): void => {
        this.#response.off('close', done);
        resolve();
      };
      this.#response.once('close', done).write(text, done);
    });
  }
}
