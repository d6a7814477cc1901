import type { FormattedExecutionResult } from 'graphql';
import type { Place } from '../../../resolvers/shared.ts';

/** What a transport writes around the JSON of an answer that is the same for all its readers. */
export type Wrap = (json: string) => string;

/** One pushed answer for all members of a group, serialised once for each transport that somebody reads it on. */
export class SharedEvent {
  readonly result: FormattedExecutionResult;
  readonly place: Place;
  readonly #forms = new Map<Wrap, Buffer>();

  constructor(result: FormattedExecutionResult, place: Place) {
    this.result = result;
    this.place = place;
  }

  /** The bytes for a transport, the same buffer for all who ask with the same function: it must not be written to. */
  bytes(wrap: Wrap): Buffer {
    const known = this.#forms.get(wrap);
    if (known) return known;
    const made = Buffer.from(wrap(JSON.stringify(this.result)));
    this.#forms.set(wrap, made);
    return made;
  }
}
