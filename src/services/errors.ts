/**
 * Everything that can go wrong at the edges, as a closed set. The first group is what a user can fix: mutations return it in `errors`.
 * The second is for the whole request: it becomes a top-level GraphQL error with the same code in `extensions.code`.
 */
export const UserErrorCode = {
  INVALID: 'INVALID',
  REQUIRED: 'REQUIRED',
  NOT_FOUND: 'NOT_FOUND',
  TAKEN: 'TAKEN',
  VERSION_CONFLICT: 'VERSION_CONFLICT',
  INVALID_TRANSITION: 'INVALID_TRANSITION',
  INSUFFICIENT_BALANCE: 'INSUFFICIENT_BALANCE',
  RISK_LIMIT_EXCEEDED: 'RISK_LIMIT_EXCEEDED',
  EXCHANGE_REJECTED: 'EXCHANGE_REJECTED',
  EXCHANGE_UNAVAILABLE: 'EXCHANGE_UNAVAILABLE',
  IDEMPOTENCY_KEY_REUSED: 'IDEMPOTENCY_KEY_REUSED',
  FORBIDDEN_FOR_MODE: 'FORBIDDEN_FOR_MODE',
  INVALID_CREDENTIALS: 'INVALID_CREDENTIALS',
  TOKEN_EXPIRED: 'TOKEN_EXPIRED',
  SIGNUP_CLOSED: 'SIGNUP_CLOSED',
  THROTTLED: 'THROTTLED',
} as const;
export type UserErrorCode = (typeof UserErrorCode)[keyof typeof UserErrorCode];

export const RequestErrorCode = {
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  BAD_CURSOR: 'BAD_CURSOR',
  BAD_REQUEST: 'BAD_REQUEST',
  LIMIT_EXCEEDED: 'LIMIT_EXCEEDED',
  COST_LIMIT_EXCEEDED: 'COST_LIMIT_EXCEEDED',
  TIMEOUT: 'TIMEOUT',
  SLOW_CONSUMER: 'SLOW_CONSUMER',
  SHUTTING_DOWN: 'SHUTTING_DOWN',
  INTERNAL: 'INTERNAL',
} as const;
export type RequestErrorCode = (typeof RequestErrorCode)[keyof typeof RequestErrorCode];

export type ErrorCode = UserErrorCode | RequestErrorCode;

/** What a caller may show or branch on beside the sentence: limits, values, ids, `retryAfterMs`, the current version. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one error that crosses a service's edge. Its message is a sentence that names the thing, the limit and the value;
 * `path` leads to the bad input field, as in `['input', 'risk', 'leverage']`.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly path: readonly string[] | undefined;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { path?: readonly string[]; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.path = options.path;
    this.details = options.details ?? {};
  }
}

const userErrorCodes: ReadonlySet<string> = new Set(Object.values(UserErrorCode));

/** True when the person who sent the request can mend it: such errors are data in a mutation's payload. */
export function isUserError(error: unknown): error is DomainError & { code: UserErrorCode } {
  return error instanceof DomainError && userErrorCodes.has(error.code);
}

/** What a service may be asked for by its row's id. */
export type RowKind =
  | 'access token'
  | 'alert'
  | 'API key'
  | 'backtest'
  | 'bot'
  | 'candle fetch'
  | 'kill switch'
  | 'order'
  | 'position'
  | 'risk limit'
  | 'strategy';

/**
 * Missing and not yours read exactly the same, so that nobody can probe for other people's rows. The id is the row's; whoever speaks to
 * users puts the id they know in its place.
 */
export function notFound(kind: RowKind, id: string, path?: readonly string[]): DomainError {
  return new DomainError('NOT_FOUND', `no ${kind} with id ${id}`, {
    ...(path ? { path } : {}),
    details: { missing: { kind, id } satisfies MissingRow },
  });
}

/** In the details of `notFound`. */
export interface MissingRow {
  readonly kind: RowKind;
  readonly id: string;
}

/** Says where in the input the reason of an error lies, unless that is said already. */
export function throwAt(error: unknown, path: readonly string[]): never {
  if (!(error instanceof DomainError) || error.path) throw error;
  throw new DomainError(error.code, error.message, { path, details: error.details, cause: error });
}
