import 'reflect-metadata';
import { Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { type DomainError, type ErrorDetails, type MissingRow, type RowKind, UserErrorCode } from '../services/errors.ts';
import { type IdPrefix, toGlobalId } from './ids.ts';

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'What went wrong, for programs. Values may be added: clients need a default branch.',
  valuesConfig: {
    INVALID: { description: 'A value is not allowed; the message names it and the limit.' },
    REQUIRED: { description: 'A value is missing.' },
    NOT_FOUND: { description: 'There is no such thing, or it is not yours.' },
    TAKEN: { description: 'The name or address is in use already.' },
    VERSION_CONFLICT: { description: 'Somebody changed it first: read it again, then decide.' },
    INVALID_TRANSITION: { description: 'Its state does not allow that now.' },
    INSUFFICIENT_BALANCE: { description: 'There is not enough to pay for it.' },
    RISK_LIMIT_EXCEEDED: { description: 'A risk limit stopped it.' },
    EXCHANGE_REJECTED: { description: 'The exchange said no; nothing was placed.' },
    EXCHANGE_UNAVAILABLE: { description: 'The exchange did not answer.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The key was used within 24 hours for something else.' },
    FORBIDDEN_FOR_MODE: { description: 'Not possible in this trading mode.' },
    INVALID_CREDENTIALS: { description: 'The address and password do not belong together.' },
    TOKEN_EXPIRED: { description: 'The token is unknown, used, revoked or too old.' },
    SIGNUP_CLOSED: { description: 'This server takes no new accounts.' },
    THROTTLED: { description: 'Too many attempts: wait for `retryAfterMs`.' },
  },
});

@InterfaceType({
  description: 'Something that the user can mend. Types may be added: select these fields, then narrow.',
})
export abstract class UserError {
  @Field(() => String, { description: 'A sentence for a person: the thing, the limit and the value.' })
  message!: string;

  @Field(() => UserErrorCode, { description: 'The same for a program.' })
  code!: UserErrorCode;

  @Field(() => [String], { nullable: true, description: 'Where in the input, such as ["input", "risk", "leverage"].' })
  path?: readonly string[];
}

@ObjectType({ implements: UserError, simpleResolvers: true, description: 'A value that is not allowed.' })
export class ValidationError extends UserError {
  @Field(() => String, { nullable: true, description: 'The limit that was crossed, if one was.' })
  limit?: string;
}

@ObjectType({ implements: UserError, simpleResolvers: true, description: 'There is no such thing, or it is not yours.' })
export class NotFoundError extends UserError {
  @Field(() => ID, { nullable: true, description: 'The id that was asked for.' })
  missingId?: string;
}

@ObjectType({ implements: UserError, simpleResolvers: true, description: 'Somebody changed it first.' })
export class VersionConflictError extends UserError {
  @Field(() => Int, { nullable: true, description: 'The version that it has now.' })
  currentVersion?: number;
}

@ObjectType({ implements: UserError, simpleResolvers: true, description: 'The state machine forbids it.' })
export class InvalidTransitionError extends UserError {
  @Field(() => String, { nullable: true, description: 'The state it is in.' })
  from?: string;

  @Field(() => String, { nullable: true, description: 'The state it would have to reach.' })
  to?: string;
}

@ObjectType({ implements: UserError, simpleResolvers: true, description: 'A risk limit or the balance stopped it.' })
export class RiskLimitExceededError extends UserError {
  @Field(() => String, { nullable: true, description: 'The limit, as text.' })
  limit?: string;

  @Field(() => String, { nullable: true, description: 'What was attempted, as text.' })
  attempted?: string;
}

@ObjectType({ implements: UserError, simpleResolvers: true, description: 'The exchange said no, or is down.' })
export class ExchangeError extends UserError {
  @Field(() => Int, { nullable: true, description: 'Milliseconds after which another try makes sense.' })
  retryAfterMs?: number;
}

@ObjectType({ implements: UserError, simpleResolvers: true, description: 'Signing in, or a token, did not work.' })
export class CredentialsError extends UserError {
  @Field(() => Int, { nullable: true, description: 'Milliseconds until the next attempt is heard.' })
  retryAfterMs?: number;
}

const typeOf: Record<UserErrorCode, new () => UserError> = {
  INVALID: ValidationError,
  REQUIRED: ValidationError,
  TAKEN: ValidationError,
  IDEMPOTENCY_KEY_REUSED: ValidationError,
  FORBIDDEN_FOR_MODE: ValidationError,
  NOT_FOUND: NotFoundError,
  VERSION_CONFLICT: VersionConflictError,
  INVALID_TRANSITION: InvalidTransitionError,
  RISK_LIMIT_EXCEEDED: RiskLimitExceededError,
  INSUFFICIENT_BALANCE: RiskLimitExceededError,
  EXCHANGE_REJECTED: ExchangeError,
  EXCHANGE_UNAVAILABLE: ExchangeError,
  INVALID_CREDENTIALS: CredentialsError,
  TOKEN_EXPIRED: CredentialsError,
  SIGNUP_CLOSED: CredentialsError,
  THROTTLED: CredentialsError,
};

/** The concrete types: GraphQL reaches them only through the interface. */
export const userErrorTypes = [...new Set(Object.values(typeOf))];

const prefixOf: Record<RowKind, IdPrefix> = {
  'access token': 'atok',
  alert: 'alr',
  'API key': 'key',
  backtest: 'bt',
  'candle fetch': 'cfe',
  bot: 'bot',
  'kill switch': 'kill',
  order: 'ord',
  position: 'pos',
  'risk limit': 'lim',
  strategy: 'str',
};

/** An error's sentence and details as clients read them: rows are named by their global ids. */
export function presented({ message, details }: DomainError): { message: string; details: ErrorDetails } {
  const { missing, ...others } = details as ErrorDetails & { readonly missing?: MissingRow };
  if (!missing) return { message, details };
  const missingId = toGlobalId(prefixOf[missing.kind], missing.id);
  return { message: message.replace(missing.id, missingId), details: { ...others, missingId } };
}

/** A user's error as GraphQL data: `details` of the same name fill the concrete type's fields. */
export function userErrorOf(error: DomainError & { code: UserErrorCode }): UserError {
  const { code, path } = error;
  const { message, details } = presented(error);
  return Object.assign(new typeOf[code](), details, { message, code, path });
}
