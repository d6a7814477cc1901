import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { presented } from '../../resolvers/errors.ts';
import { DomainError, RequestErrorCode } from '../../services/errors.ts';
import type { Logger } from '../../services/logger.ts';

export interface MaskOptions {
  readonly logger: Logger;
  /** Hides which fields the schema has from those who guess. */
  readonly hideSuggestions: boolean;
}

/**
 * Makes an error fit for a client, the same over every transport: a DomainError keeps its sentence and code, what GraphQL finds
 * wrong with a request keeps its message, and anything else becomes "internal error" with the request's id, under which the log has
 * the rest.
 */
export function maskError(
  error: GraphQLError,
  requestId: string,
  { logger, hideSuggestions }: MaskOptions,
): GraphQLFormattedError {
  const where = {
    ...(error.locations ? { locations: error.locations } : {}),
    // A DomainError that graphql-js took for one of its own (see below) has the path of an input there, not of a field.
    ...(error.path && !(rootOf(error) === error && error instanceof DomainError) ? { path: error.path } : {}),
  };
  const root = rootOf(error);
  if (root instanceof DomainError) {
    const { code, path } = root;
    const { message, details } = presented(root);
    return { message, ...where, extensions: { code, requestId, ...(path ? { inputPath: path } : {}), ...details } };
  }
  if (isComplaint(error, root)) {
    const plain = withoutInput(error.message);
    const message = hideSuggestions ? plain.replace(/ ?Did you mean [^?]*\?/, '') : plain;
    return { message, ...where, extensions: { code: codeOf(error), requestId } };
  }
  logger.error({ err: root, requestId, path: error.path }, 'an operation failed unexpectedly');
  return {
    message: `internal error; the server's log has it under request ${requestId}`,
    ...where,
    extensions: { code: 'INTERNAL', requestId },
  };
}

/** What was thrown at first. graphql-js takes any error that has a list called `path` for one of its own, and wraps it no more. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && 'originalError' in root && root.originalError) root = root.originalError;
  return root;
}

/**
 * Whether the client is to blame. Before a field is run, every error of GraphQL's own is about the request. Once it runs, only those
 * about its arguments are; a null where none may be or a value of the wrong type is this server's mistake.
 */
function isComplaint(error: GraphQLError, root: unknown): boolean {
  if (!(root instanceof Error) || root.name !== 'GraphQLError') return false;
  return !error.path || error.message.startsWith('Argument "') || isOfInput(root);
}

/** Scalars say so when they read a literal of a document. */
function isOfInput(root: Error): boolean {
  return root instanceof GraphQLError && root.extensions['code'] === 'BAD_USER_INPUT';
}

/** The code that one of our own transports gave a complaint; libraries' codes, which differ between transports, become one. */
function codeOf({ extensions }: GraphQLError): string {
  const code = extensions['code'];
  return typeof code === 'string' && code in RequestErrorCode ? code : RequestErrorCode.BAD_REQUEST;
}

/** GraphQL repeats a wrong input in its complaint, the password in it included. */
function withoutInput(message: string): string {
  return (
    message
      // Where it stands may be told. The value before it has its own quotes escaped, so it cannot pass for a place.
      .replace(/got invalid value [\s\S]*( at "[\w.[\]]+")(?=; )/, 'got an invalid value$1')
      .replace(/got invalid value [\s\S]*(?=; )/, 'got an invalid value')
      .replace(/(cannot represent [^:]*): [\s\S]*$/, '$1')
      .replace(/(Expected value of type "[^"]*"), found [\s\S]*$/, '$1, found something else.')
  );
}
