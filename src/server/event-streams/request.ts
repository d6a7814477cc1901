import type { Request } from 'express';
import { DomainError } from '../../services/errors.ts';

/** What a request asks for. */
export interface Parameters {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

const answers = ['application/graphql-response+json', 'application/json', 'text/event-stream'] as const;

/** Whether the client would rather have events than one answer. */
export function wantsEvents(request: Request): boolean {
  return (request.method === 'POST' || request.method === 'GET') && request.accepts([...answers]) === 'text/event-stream';
}

/** What a page of any origin may send without the browser asking first. */
const simpleTypes = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']);
const askingHeaders = ['x-apollo-operation-name', 'apollo-require-preflight'] as const;

/** Whether a browser has asked before it sent this: the rule that Apollo Server has for answers in JSON. */
export function isPreflighted({ headers }: Request): boolean {
  const type = headers['content-type']?.split(';', 1)[0].trim().toLowerCase();
  return (type !== undefined && !simpleTypes.has(type)) || askingHeaders.some((name) => Boolean(headers[name]));
}

const bad = (message: string): DomainError => new DomainError('BAD_REQUEST', message);

/** @throws DomainError BAD_REQUEST naming what is missing or of the wrong kind */
export function parametersOf(request: Request): Parameters {
  const given = (request.method === 'GET' ? request.query : (request.body ?? {})) as Record<string, unknown>;
  const { query, operationName = null } = given;
  if (typeof query !== 'string' || query === '') throw bad('the request has no "query"');
  if (operationName !== null && typeof operationName !== 'string') throw bad('"operationName" is not text');
  return { query, operationName, variables: variablesOf(given['variables']) };
}

/** A GET has them as text. */
function variablesOf(given: unknown): Readonly<Record<string, unknown>> {
  const variables = typeof given === 'string' ? parsed(given) : (given ?? {});
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables))
    throw bad('"variables" is not a JSON object');
  return variables as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad('"variables" is not valid JSON');
  }
}
