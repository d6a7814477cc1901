import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { type Context, makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import { type Authenticate, callerOf, tokenIn } from '../callers.ts';
import { closeCodes } from '../close-codes.ts';
import type { Connections } from '../connections.ts';
import type { Limits } from '../limits.ts';
import type { Caller, Pipeline } from '../pipeline/pipeline.ts';
import type { SocketConnection } from './socket-connection.ts';
import { SocketMember } from './socket-member.ts';

/** What graphql-ws hands around with each call. */
export interface Extra extends Record<PropertyKey, unknown> {
  readonly connection: SocketConnection;
}
type Parameters = Record<string, unknown> | undefined;
type SocketContext = Context<Parameters, Extra>;

interface PreparedArgs extends ExecutionArgs {
  readonly caller: Caller;
  readonly connection: SocketConnection;
  /** The operation's on its socket. */
  readonly id: string;
}

interface ProtocolOptions {
  readonly pipeline: Pipeline;
  readonly limits: Limits;
  readonly connections: Connections;
  readonly authenticate: Authenticate;
}

/** graphql-transport-ws, every operation through the pipeline. */
export function createProtocol({ pipeline, limits, connections, authenticate }: ProtocolOptions): Server<Extra> {
  return makeServer<Parameters, Extra>({
    connectionInitWaitTimeout: limits.initMs,
    onConnect: async ({ extra: { connection }, connectionParams }) => {
      const authorization = headerIn(connectionParams);
      const { address, userAgent, gone } = connection;
      const caller = await callerOf({ address, userAgent }, authorization, authenticate, gone.signal).catch(() => undefined);
      if (!caller) return connection.end(1011, 'internal error: the token could not be checked');
      if (tokenIn(authorization) !== undefined && !caller.viewer)
        return connection.end(closeCodes.forbidden, 'the token is expired, revoked or not one of this server');
      // While the token was looked at, the client may have gone, or its right to be here.
      if (connection.isClosing || gone.signal.aborted) return;
      if (caller.viewer && !connections.identify(connection, caller.viewer))
        return connection.end(closeCodes.tooMany, `a user may have ${limits.socketsPerUser} sockets`);
      connection.caller = caller;
    },
    onSubscribe: ({ extra: { connection }, subscriptions }, id, payload) =>
      connection.isClosing
        ? [refusal('UNAUTHENTICATED', 'the token has been revoked or has expired')]
        : argumentsOf(connection, id, Object.keys(subscriptions).length, payload, pipeline, limits),
    execute: (args) => finish(pipeline, args as PreparedArgs),
    subscribe: (args) => start(pipeline, args as PreparedArgs),
    // The pipeline's errors are formatted already; graphql-ws would format them once more, and fail.
    onNext: (_context, _id, _payload, _args, result) => result as unknown as FormattedExecutionResult,
    onError: (context, _id, _payload, errors) => formatted(pipeline, context, errors),
  });
}

/** @param count operations of this socket that are under way, this one included */
function argumentsOf(
  connection: SocketConnection,
  id: string,
  count: number,
  payload: SubscribePayload,
  pipeline: Pipeline,
  limits: Limits,
): PreparedArgs | readonly GraphQLError[] {
  if (!connection.caller) return [refusal('UNAUTHENTICATED', 'connection_init first')];
  const caller: Caller = { ...connection.caller, requestId: crypto.randomUUID() };
  if (count > limits.subscriptionsPerSocket)
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
    connection,
    id,
  };
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** What was found before anything ran is masked here; what the pipeline answered is so already. */
function formatted(
  pipeline: Pipeline,
  { extra: { connection } }: SocketContext,
  errors: readonly GraphQLError[],
): readonly GraphQLFormattedError[] {
  const { caller } = connection;
  if (!caller || !errors.every((error) => error instanceof GraphQLError)) return errors;
  return pipeline.formatErrors(errors, { ...caller, requestId: crypto.randomUUID() });
}

const variablesOf = (args: ExecutionArgs): Readonly<Record<string, unknown>> => args.variableValues ?? {};

async function finish(pipeline: Pipeline, args: PreparedArgs): Promise<ExecutionResult> {
  const { connection, document, operationName, caller } = args;
  const { result } = await connection.turns.run(() => pipeline.run(document, operationName, variablesOf(args), caller));
  return result as unknown as ExecutionResult;
}

async function start(pipeline: Pipeline, args: PreparedArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const { connection, id, document, operationName, caller } = args;
  const started = await connection.turns.run(() =>
    pipeline.subscribe(
      document,
      operationName,
      variablesOf(args),
      caller,
      (onEnd, refuse) => new SocketMember(id, connection, onEnd, refuse),
    ),
  );
  // The protocol's types speak of unformatted errors; on the wire they are the same.
  return ('result' in started ? started.result : started) as unknown as AsyncIterableIterator<ExecutionResult> | ExecutionResult;
}

/** GraphiQL and most clients send the header's name as it is written in HTTP. */
function headerIn(parameters: Parameters): unknown {
  return Object.entries(parameters ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
}
