import type { SharedEvent } from '../pipeline/shared/event.ts';
import { SharedMember } from '../shared-member.ts';
import { nextMessage } from './messages.ts';

/** A stream's part in a shared subscription. */
export class StreamMember extends SharedMember {
  protected textOf(event: SharedEvent): string {
    return nextMessage(event.json);
  }
}
