import type { FormattedExecutionResult } from 'graphql';
import type { SharedEvent, Wrap } from '../pipeline/shared/event.ts';
import { SharedMember } from '../shared-member.ts';
import { frameHead } from './frame-head.ts';
import type { SocketConnection } from './socket-connection.ts';
import type { SocketOutgoing } from './socket-outgoing.ts';

/** The end of a message whose beginning is each reader's own. */
const closed: Wrap = (json) => `${json}}`;

/** A socket's part in a shared subscription: the same bytes as for all others, behind an id of its own. */
export class SocketMember extends SharedMember {
  readonly #outgoing: SocketOutgoing;
  readonly #begin: Buffer;
  /** The last frame's head. Messages of one subscription are mostly of one length, and then have the same. */
  #head: Buffer | undefined;
  #rest = -1;

  /** @param id the subscription's on this socket */
  constructor(id: string, connection: SocketConnection, onEnd: () => void, refuse: (error: unknown) => FormattedExecutionResult) {
    super(connection, onEnd, refuse);
    this.#outgoing = connection.outgoing;
    this.#begin = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  protected write(event: SharedEvent): void {
    const rest = event.bytes(closed);
    if (!this.#head || rest.length !== this.#rest) {
      this.#head = frameHead(this.#begin, rest.length);
      this.#rest = rest.length;
    }
    this.#outgoing.sendFrame(this.#head, rest);
  }
}
