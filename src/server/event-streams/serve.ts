import type { Request } from 'express';
import { type DocumentNode, getOperationAST } from 'graphql';
import { DomainError } from '../../services/errors.ts';
import { type Authenticate, callerOf, originOf } from '../callers.ts';
import type { Connections } from '../connections.ts';
import type { Limits } from '../limits.ts';
import type { Caller, Pipeline } from '../pipeline/pipeline.ts';
import type { EventStream } from './event-stream.ts';
import { type Parameters, parametersOf } from './request.ts';
import { StreamMember } from './stream-member.ts';

interface ServeOptions {
  readonly pipeline: Pipeline;
  readonly limits: Limits;
  readonly connections: Connections;
  readonly authenticate: Authenticate;
}

/**
 * Runs the operation of a request on its stream. What is wrong with the request is answered with a status; what is wrong with the
 * operation comes as its one event, because clients of event streams cannot read anything else.
 */
export async function serve(stream: EventStream, request: Request, options: ServeOptions): Promise<void> {
  const { pipeline } = options;
  const parameters = readFor(stream, request);
  if (!parameters || !(await identify(stream, request, options))) return;
  const { caller } = stream;
  if (!caller || stream.isOver) return;
  const document = pipeline.documents.read(parameters.query);
  const isDocument = 'kind' in document;
  if (isDocument && request.method === 'GET' && isMutation(document, parameters))
    return stream.refuse(405, 'BAD_REQUEST', 'a mutation has to be sent with POST');
  stream.open();
  if (isDocument) return run(stream, document, parameters, caller, pipeline);
  await stream.next({ errors: pipeline.formatErrors(document, caller) });
  stream.complete();
}

function readFor(stream: EventStream, request: Request): Parameters | undefined {
  try {
    return parametersOf(request);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    stream.refuse(400, error.code, error.message);
    return undefined;
  }
}

/** Finds out who it is. @returns whether they may go on */
async function identify(
  stream: EventStream,
  request: Request,
  { authenticate, connections, limits }: ServeOptions,
): Promise<boolean> {
  const caller = await callerOf(originOf(request), request.headers.authorization, authenticate, stream.gone.signal);
  // While the token was looked at, the client may have gone, or the server begun to stop.
  if (stream.isOver) return false;
  if (caller.tokenRefused) {
    stream.refuse(401, 'UNAUTHENTICATED', 'the token is expired, revoked or not one of this server');
    return false;
  }
  if (caller.viewer && !connections.identify(stream, caller.viewer)) {
    stream.refuse(429, 'LIMIT_EXCEEDED', `a user may have ${limits.socketsPerUser} sockets and streams`);
    return false;
  }
  stream.caller = caller;
  return true;
}

const isMutation = (document: DocumentNode, { operationName }: Parameters): boolean =>
  getOperationAST(document, operationName)?.operation === 'mutation';

async function run(
  stream: EventStream,
  document: DocumentNode,
  { operationName, variables }: Parameters,
  caller: Caller,
  pipeline: Pipeline,
): Promise<void> {
  const streams = getOperationAST(document, operationName)?.operation === 'subscription';
  const outcome = streams
    ? await pipeline.subscribe(
        document,
        operationName,
        variables,
        caller,
        (onEnd, refuse) => new StreamMember(stream, onEnd, refuse),
      )
    : await pipeline.run(document, operationName, variables, caller);
  if (!('result' in outcome)) return stream.follow(outcome);
  await stream.next(outcome.result);
  stream.complete();
}
