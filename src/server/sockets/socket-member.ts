import type { FormattedExecutionResult } from 'graphql';
import type { SharedEvent } from '../pipeline/shared/event.ts';
import { SharedMember } from '../shared-member.ts';
import type { SocketConnection } from './socket-connection.ts';

/** A socket's part in a shared subscription: the same text as for all others, behind an id of its own. */
export class SocketMember extends SharedMember {
  readonly #head: string;

  /** @param id the subscription's on this socket */
  constructor(id: string, connection: SocketConnection, onEnd: () => void, refuse: (error: unknown) => FormattedExecutionResult) {
    super(connection, onEnd, refuse);
    this.#head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  }

  protected textOf(event: SharedEvent): string {
    return this.#head + event.tail;
  }
}
