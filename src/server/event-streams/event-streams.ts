import type { Request, RequestHandler } from 'express';
import type { Logger } from '../../services/logger.ts';
import { addressOf, type Authenticate } from '../callers.ts';
import { closeCodes } from '../close-codes.ts';
import type { Connections } from '../connections.ts';
import type { ServerCounters } from '../counters.ts';
import type { Limits } from '../limits.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { EventStream } from './event-stream.ts';
import { isPreflighted, wantsEvents } from './request.ts';
import { serve } from './serve.ts';

interface EventStreamOptions {
  readonly pipeline: Pipeline;
  readonly limits: Limits;
  readonly connections: Connections;
  readonly counters: ServerCounters;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  /** The server stops: whoever comes now had better go elsewhere. */
  readonly isDraining: () => boolean;
}

export interface EventStreams {
  /** Takes the requests that accept `text/event-stream`, their bodies read; leaves the others. */
  readonly handler: RequestHandler;
  /** No more keep-alive. */
  close(): void;
}

/**
 * Server-Sent Events for who cannot open a WebSocket: the protocol of graphql-sse with distinct connections, one operation a request.
 * What they may do and how they end is the same as for sockets, and they count as such.
 */
export function createEventStreams(options: EventStreamOptions): EventStreams {
  const { connections, limits, logger } = options;
  const open = new Set<EventStream>();

  const handler: RequestHandler = (request, response, next) => {
    if (!wantsEvents(request)) return next();
    const address = addressOf(request);
    const stream = new EventStream(response, request.socket, address, options.counters, limits.pingMs);
    const refusal = refusalOf(request, address, options);
    if (refusal) return stream.refuse(...refusal);
    open.add(stream);
    connections.add(stream);
    response.once('close', () => {
      open.delete(stream);
      connections.remove(stream);
      stream.gone.abort();
    });
    serve(stream, request, options).catch((error: unknown) => {
      logger.error({ err: error }, 'a stream of events failed');
      stream.end(closeCodes.internal, 'internal error');
    });
  };

  const liveness = setInterval(
    () => {
      const now = performance.now();
      for (const stream of open) stream.keepAlive(now, limits.pingMs);
    },
    Math.min(1000, limits.pingMs),
  ).unref();
  return { handler, close: () => clearInterval(liveness) };
}

type Refusal = readonly [status: number, code: string, message: string];

/** Why a request is refused whoever sends it. */
function refusalOf(request: Request, address: string, options: EventStreamOptions): Refusal | undefined {
  const { connections, limits, isDraining } = options;
  if (!isPreflighted(request))
    return [
      400,
      'BAD_REQUEST',
      'a request without JSON needs a header "apollo-require-preflight", so that no foreign page can send it',
    ];
  if (isDraining()) return [503, 'SHUTTING_DOWN', 'the server is restarting: come back in a moment'];
  if (connections.hasRoomFor(address)) return undefined;
  return [429, 'LIMIT_EXCEEDED', `an address may have ${limits.anonymousSocketsPerAddress} sockets and streams of nobody`];
}
