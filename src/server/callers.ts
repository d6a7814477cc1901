import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Viewer } from '../services/viewer.ts';
import type { Caller } from './pipeline/pipeline.ts';

/** Finds out whose token it is; null when it is no good. */
export type Authenticate = (token: string) => Promise<Viewer | null>;

const bearer = /^Bearer +(\S+)$/i;

/** The token in an Authorization header, or in a connection_init of the same name; undefined when there is none. */
export function tokenIn(header: unknown): string | undefined {
  return typeof header === 'string' ? bearer.exec(header.trim())?.[1] : undefined;
}

/** Where a request comes from. */
export interface Origin {
  readonly address: string;
  readonly userAgent: string | null;
}

export const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? 'unknown';
export const userAgentOf = (request: IncomingMessage): string | null => request.headers['user-agent']?.slice(0, 300) ?? null;
export const originOf = (request: IncomingMessage): Origin => ({ address: addressOf(request), userAgent: userAgentOf(request) });

/**
 * Who sends a request. A header that carries no good token leaves the caller anonymous but marked, so that public operations
 * (signing in again) still work.
 */
export async function callerOf(
  { address, userAgent }: Origin,
  authorization: unknown,
  authenticate: Authenticate,
  signal: AbortSignal,
): Promise<Caller> {
  const token = tokenIn(authorization);
  const viewer = token === undefined ? null : await authenticate(token);
  return {
    viewer,
    tokenRefused: viewer === null && authorization !== undefined && authorization !== '',
    requestId: randomUUID(),
    ip: address,
    userAgent,
    signal,
  };
}
