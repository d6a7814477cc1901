import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError } from '../../services/errors.ts';
import type { Logger } from '../../services/logger.ts';

export interface MaskOptions {
  readonly logger: Logger;
  /** Hides which fields the schema has from those who guess. */
  readonly hideSuggestions: boolean;
}

/**
 * Makes an error fit for a client, the same over every transport: a DomainError keeps its sentence and code, what GraphQL itself
 * found keeps its message, and anything else becomes "internal error" with the request's id, under which the log has the rest.
 */
export function maskError(
  error: GraphQLError,
  requestId: string,
  { logger, hideSuggestions }: MaskOptions,
): GraphQLFormattedError {
  // graphql-js takes any error with a list called `path` for one of its own, and hands such a DomainError on as it was thrown.
  const bare: unknown = error;
  if (bare instanceof DomainError)
    return maskError(new GraphQLError(bare.message, { originalError: bare }), requestId, { logger, hideSuggestions });
  const cause = rootCause(error);
  const where = {
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  };
  if (cause instanceof DomainError) {
    const { code, message, path, details } = cause;
    return { message, ...where, extensions: { code, requestId, ...(path ? { inputPath: path } : {}), ...details } };
  }
  if (cause === undefined || codeOf(error) === 'BAD_USER_INPUT') {
    const plain = withoutInput(error.message);
    const message = hideSuggestions ? plain.replace(/ ?Did you mean [^?]*\?/, '') : plain;
    return { message, ...where, extensions: { code: codeOf(error) ?? 'BAD_REQUEST', requestId } };
  }
  logger.error({ err: cause, requestId, path: error.path }, 'an operation failed unexpectedly');
  return {
    message: `internal error; the server's log has it under request ${requestId}`,
    ...where,
    extensions: { code: 'INTERNAL', requestId },
  };
}

/** What a resolver threw; undefined when GraphQL itself complains. */
function rootCause(error: GraphQLError): unknown {
  let cause: unknown = error.originalError ?? undefined;
  while (isWrapped(cause) && cause.originalError) cause = cause.originalError;
  // A GraphQLError thrown while reading input (a scalar's parseValue) is GraphQL's own complaint.
  return isWrapped(cause) ? undefined : cause;
}

function isWrapped(error: unknown): error is GraphQLError {
  return error instanceof Error && error.name === 'GraphQLError';
}

/** graphql-jit's errors may come without extensions. */
function codeOf(error: GraphQLError): unknown {
  return (error.extensions as Record<string, unknown> | undefined)?.['code'];
}

/** GraphQL repeats a wrong input in its complaint, the password in it included. */
function withoutInput(message: string): string {
  return message
    .replace(/got invalid value [\s\S]*(?=; )/, 'got an invalid value')
    .replace(/(cannot represent [^:]*): [\s\S]*$/, '$1')
    .replace(/(Expected value of type "[^"]*"), found [\s\S]*$/, '$1, found something else.');
}
