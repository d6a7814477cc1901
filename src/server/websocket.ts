import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { type Context, type SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../services/clock.ts';
import type { Viewer } from '../services/viewer.ts';
import { type Authenticate, callerOf, tokenIn } from './callers.ts';
import type { Limits } from './limits.ts';
import type { Caller, Outcome, Pipeline } from './pipeline/pipeline.ts';

/** Close codes beside those of the graphql-transport-ws protocol. */
export const closeCodes = { forbidden: 4403, tooManyRequests: 4429, restart: 1012 } as const;

/** What lost its right: a sign-in, a personal token, or everything of one person. */
export interface RevokedTarget {
  readonly sessionId?: string;
  readonly tokenId?: string;
  readonly userId?: string;
}

interface SocketState extends Record<PropertyKey, unknown> {
  caller?: Caller;
  /** The close frame is out; whatever still comes in is not heard. */
  closed?: boolean;
}
type SocketContext = Context<Record<string, unknown> | undefined, Extra & Partial<SocketState>>;

interface PreparedArgs extends ExecutionArgs {
  readonly caller: Caller;
}

interface WebSocketOptions {
  readonly httpServer: Server;
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly limits: Limits;
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  /** Whether a page of this origin may open a socket; requests without an Origin do not come from a browser. */
  readonly allowsOrigin: (origin: string, host: string | undefined) => boolean;
}

/** Open sockets, and who they belong to. */
export interface Sockets {
  /** Closes what stands on a revoked right, at once. */
  revoke(target: RevokedTarget): void;
  /** Tells every client to come back in a moment, to this server or another. */
  close(): Promise<void>;
  /** Cuts off whoever is still there. */
  terminate(): void;
  readonly count: number;
}

/** graphql-transport-ws on the HTTP server's port, through the same pipeline. */
export function createSockets(options: WebSocketOptions): Sockets {
  const { pipeline, limits, authenticate, clock } = options;
  const open = new Map<WebSocket, SocketState>();
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false });
  options.httpServer.on('upgrade', (request, stream, head) => {
    const { origin, host } = request.headers;
    const refused =
      request.url?.split('?', 1)[0] !== options.path
        ? '404 Not Found'
        : origin && !options.allowsOrigin(origin, host)
          ? '403 Forbidden'
          : undefined;
    if (refused) stream.end(`HTTP/1.1 ${refused}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    else server.handleUpgrade(request, stream, head, (socket) => server.emit('connection', socket, request));
  });
  server.on('connection', (socket: WebSocket) => {
    open.set(socket, {});
    socket.once('close', () => open.delete(socket));
    limitMessages(socket, limits.messagesPerSecond);
  });
  // A socket that breaks is the client's affair; its close event does the rest.
  server.on('wsClientError', (_error, socket) => socket.destroy());

  /** A client that ignores the close frame is cut off a second later, and not heard until then. */
  const end = (socket: WebSocket, reason: string): void => {
    const state = open.get(socket);
    if (state) state.closed = true;
    socket.close(closeCodes.forbidden, reason);
    const timer = setTimeout(() => socket.terminate(), 1000);
    socket.once('close', () => clearTimeout(timer));
  };

  const disposable = useServer<Record<string, unknown> | undefined, SocketState>(
    {
      connectionInitWaitTimeout: limits.initMs,
      onConnect: async (context) => {
        const { socket, request } = context.extra;
        const authorization = headerIn(context.connectionParams);
        const gone = new AbortController();
        socket.once('close', () => gone.abort());
        const caller = await callerOf(request, authorization, authenticate, gone.signal).catch(() => undefined);
        if (!caller) {
          socket.close(1011, 'internal error: the token could not be checked');
          return;
        }
        if (tokenIn(authorization) !== undefined && !caller.viewer) {
          socket.close(closeCodes.forbidden, 'the token is expired, revoked or not one of this server');
          return;
        }
        if (caller.viewer && ofUser(open, caller.viewer.userId) >= limits.socketsPerUser) {
          socket.close(closeCodes.tooManyRequests, `a user may have ${limits.socketsPerUser} sockets`);
          return;
        }
        const state = open.get(socket);
        if (state) state.caller = caller;
        context.extra.caller = caller;
        if (caller.viewer)
          closeAtExpiry(socket, caller.viewer, clock, () => end(socket, 'the token has expired: come back with a fresh one'));
      },
      onSubscribe: (context, _id, payload) =>
        open.get(context.extra.socket)?.closed
          ? [refusal('UNAUTHENTICATED', 'the token has been revoked or has expired')]
          : argumentsOf(context, payload, pipeline, limits),
      execute: (args) => (args as PreparedArgs).caller && finish(pipeline, args as PreparedArgs),
      subscribe: (args) => start(pipeline, args as PreparedArgs),
      // The pipeline's errors are formatted already; graphql-ws would format them once more, and fail.
      onNext: (_context, _id, _payload, _args, result) => result as unknown as FormattedExecutionResult,
      onError: (context, _id, _payload, errors) => formatted(pipeline, context, errors),
    },
    server,
  );

  // graphql-ws prints what a client does wrong, such as a frame that is too large, to standard error; ws closes the socket by itself.
  server.on('connection', (socket: WebSocket) => socket.removeAllListeners('error').on('error', () => {}));

  return {
    revoke(target) {
      for (const [socket, { caller }] of open) if (caller?.viewer && stands(caller.viewer, target)) end(socket, 'signed out');
    },
    async close() {
      for (const socket of open.keys()) socket.close(closeCodes.restart, 'the server is restarting: come back in a moment');
      await disposable.dispose();
    },
    terminate() {
      for (const socket of open.keys()) socket.terminate();
    },
    get count() {
      return open.size;
    },
  };
}

function argumentsOf(
  context: SocketContext,
  payload: SubscribePayload,
  pipeline: Pipeline,
  limits: Limits,
): PreparedArgs | readonly GraphQLError[] {
  const connected = context.extra.caller;
  if (!connected) return [new GraphQLError('connection_init first', { extensions: { code: 'UNAUTHENTICATED' } })];
  const caller: Caller = { ...connected, requestId: crypto.randomUUID() };
  // The one being asked for is in the list already.
  if (Object.keys(context.subscriptions).length > limits.subscriptionsPerSocket)
    return [refusal('LIMIT_EXCEEDED', `a socket may have ${limits.subscriptionsPerSocket} subscriptions at once`)];
  const document = pipeline.documents.read(payload.query);
  if (!('kind' in document)) return document;
  if (!getOperationAST(document, payload.operationName))
    return [refusal('BAD_REQUEST', 'the document has no operation that could be meant')];
  return {
    schema: pipeline.documents.schema,
    document,
    operationName: payload.operationName ?? null,
    variableValues: payload.variables ?? {},
    caller,
  };
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** What was found before anything ran is masked here; what the pipeline answered is so already. */
function formatted(
  pipeline: Pipeline,
  context: SocketContext,
  errors: readonly GraphQLError[],
): readonly GraphQLFormattedError[] {
  const { caller } = context.extra;
  if (!caller || !errors.every((error) => error instanceof GraphQLError)) return errors;
  return pipeline.formatErrors(errors, { ...caller, requestId: crypto.randomUUID() });
}

const variablesOf = (args: ExecutionArgs): Readonly<Record<string, unknown>> => args.variableValues ?? {};

async function finish(pipeline: Pipeline, args: PreparedArgs): Promise<ExecutionResult> {
  const { result } = await pipeline.run(args.document, args.operationName, variablesOf(args), args.caller);
  return result as unknown as ExecutionResult;
}

async function start(pipeline: Pipeline, args: PreparedArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const started: AsyncIterableIterator<FormattedExecutionResult> | Outcome = await pipeline.subscribe(
    args.document,
    args.operationName,
    variablesOf(args),
    args.caller,
  );
  // The protocol's types speak of unformatted errors; on the wire they are the same.
  return ('result' in started ? started.result : started) as unknown as AsyncIterableIterator<ExecutionResult> | ExecutionResult;
}

/** GraphiQL and most clients send the header's name as it is written in HTTP. */
function headerIn(parameters: Record<string, unknown> | undefined): unknown {
  return Object.entries(parameters ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
}

function ofUser(open: ReadonlyMap<WebSocket, SocketState>, userId: string): number {
  let count = 0;
  for (const { caller } of open.values()) if (caller?.viewer?.userId === userId) count += 1;
  return count;
}

function stands(viewer: Viewer, target: RevokedTarget): boolean {
  return (
    (target.sessionId !== undefined && viewer.sessionId === target.sessionId) ||
    (target.tokenId !== undefined && viewer.tokenId === target.tokenId) ||
    (target.userId !== undefined && viewer.userId === target.userId)
  );
}

/** 4403 and not 4401: the client may come back with a fresh token. */
function closeAtExpiry(socket: WebSocket, viewer: Viewer, clock: Clock, onExpiry: () => void): void {
  if (!viewer.expiresAt) return;
  // Timers hold at most 2^31 − 1 ms; a token that lives longer is looked at again by its next connection.
  const left = Math.min(Math.max(0, viewer.expiresAt.getTime() - clock.now().getTime()), 2 ** 31 - 1);
  const timer = setTimeout(onExpiry, left);
  socket.once('close', () => clearTimeout(timer));
}

/** A page may open all its subscriptions at once, so a burst is fine; what goes on longer is a flood. */
function limitMessages(socket: WebSocket, perSecond: number): void {
  const burst = perSecond * 5;
  let left = burst;
  let last = performance.now();
  socket.on('message', () => {
    const now = performance.now();
    left = Math.min(burst, left + ((now - last) / 1000) * perSecond) - 1;
    last = now;
    if (left < 0) socket.close(closeCodes.tooManyRequests, `at most ${perSecond} messages a second`);
  });
}
