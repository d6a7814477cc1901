import type { FormattedExecutionResult } from 'graphql';
import type { Place } from '../../../resolvers/shared.ts';

/** One pushed answer for all members of a group, serialised once and only if somebody needs its text. */
export class SharedEvent {
  readonly result: FormattedExecutionResult;
  readonly place: Place;
  #json: string | undefined;
  #tail: string | undefined;

  constructor(result: FormattedExecutionResult, place: Place) {
    this.result = result;
    this.place = place;
  }

  get json(): string {
    return (this.#json ??= JSON.stringify(this.result));
  }

  /** The end of a message whose beginning is each reader's own: the JSON of the answer, and a brace. */
  get tail(): string {
    return (this.#tail ??= `${this.json}}`);
  }
}
