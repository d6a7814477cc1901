import type { FormattedExecutionResult } from 'graphql';
import type { SharedEvent } from '../pipeline/shared/event.ts';
import { SharedMember } from '../shared-member.ts';
import type { EventStream } from './event-stream.ts';
import { nextMessage } from './messages.ts';
import type { ResponseOutgoing } from './response-outgoing.ts';

/** A stream's part in a shared subscription. */
export class StreamMember extends SharedMember {
  readonly #outgoing: ResponseOutgoing;

  constructor(stream: EventStream, onEnd: () => void, refuse: (error: unknown) => FormattedExecutionResult) {
    super(stream, onEnd, refuse);
    this.#outgoing = stream.outgoing;
  }

  protected write(event: SharedEvent): void {
    this.#outgoing.send(event.bytes(nextMessage));
  }
}
