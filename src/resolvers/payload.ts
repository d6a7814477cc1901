import { Ctx, Field, ObjectType } from 'type-graphql';
import { isUserError } from '../services/errors.ts';
import type { RequestContext } from './context.ts';
import { UserError, userErrorOf } from './errors.ts';
import { EventCursorScalar } from './scalars.ts';

/**
 * What every mutation answers with, beside its result. `query`, the whole root again, is added to each payload when the schema is
 * built, because type-graphql has no name for the root type.
 */
@ObjectType({ description: 'What every mutation answers with.' })
export abstract class MutationPayload {
  @Field(() => [UserError], { description: 'What the user can mend; empty when it worked. The result is null when it did not.' })
  errors!: UserError[];

  @Field(() => EventCursorScalar, {
    nullable: true,
    description:
      'The event log just after this: subscribe after it to see everything that follows. Null when nobody is signed in.',
  })
  eventCursor(@Ctx() context: RequestContext): Promise<string | null> {
    return context.eventCursor();
  }
}

type Result<P> = { [K in Exclude<keyof P, keyof MutationPayload>]?: P[K] | null };

/**
 * Runs a mutation and makes its payload. What a user can mend becomes `errors`, everything else is thrown on.
 * @param Payload the payload's class
 * @param run does the work and answers the payload's own fields
 */
export async function mutation<P extends MutationPayload>(Payload: new () => P, run: () => Promise<Result<P>>): Promise<P> {
  const payload = new Payload();
  payload.errors = [];
  try {
    return Object.assign(payload, await run());
  } catch (error) {
    if (!isUserError(error)) throw error;
    payload.errors.push(userErrorOf(error));
    return payload;
  }
}
