import { expressMiddleware } from '@as-integrations/express5';
import express, { type ErrorRequestHandler } from 'express';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../services/clock.ts';
import { DomainError } from '../services/errors.ts';
import type { Logger } from '../services/logger.ts';
import type { Viewer } from '../services/viewer.ts';
import { createApollo } from './apollo.ts';
import { type Authenticate, callerOf, originOf } from './callers.ts';
import { Connections, type RevokedTarget } from './connections.ts';
import { ServerCounters } from './counters.ts';
import { createEventStreams } from './event-streams/event-streams.ts';
import { graphiqlPage } from './graphiql.ts';
import type { Limits } from './limits.ts';
import { Metrics, type ProgramLoad } from './metrics.ts';
import { operationsPages } from './operations.ts';
import { Documents } from './pipeline/documents.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { createSockets, type Sockets } from './sockets/sockets.ts';

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  /** False for a process of other roles: it tells only how it is doing. */
  readonly answersClients: boolean;
  readonly host: string;
  readonly port: number;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  /** Where a viewer's event log stands. */
  readonly eventCursor: (viewer: Viewer) => Promise<string>;
  /** Calls back when a sign-in or token has lost its right. */
  readonly onRevoked: (listener: (target: RevokedTarget) => void) => () => void;
  /** Whether everything behind the server works; the message says what does not. */
  readonly ready: () => Promise<void>;
  /** What runs behind the server, for the metrics. */
  readonly load: () => ProgramLoad;
  /** Calls back whenever an event of a lossless stream has been written, with the milliseconds since its commit. */
  readonly onDelivered: (listener: (lagMs: number) => void) => void;
  /** Lets its bearer read the metrics from anywhere; without one only this machine may. */
  readonly metricsToken: string | undefined;
  /** Hides schema details and stack traces from strangers. */
  readonly production: boolean;
  /** Whether the schema may be asked about itself. */
  readonly introspection: boolean;
  /** Origins whose pages may use the API, beside the server's own. */
  readonly origins: readonly string[];
  /** Folder of the built GraphiQL; null serves none. */
  readonly graphiqlFolder: string | null;
}

export interface HttpServer {
  /** @throws DomainError when the port is in use or not allowed */
  listen(): Promise<{ url: string; port: number }>;
  /** Tells load balancers to send nothing more, and clients that hold something open to come back elsewhere; requests are still answered. */
  drain(): void;
  /** Stops taking requests, lets those under way end, closes sockets; never takes longer than `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
  readonly sockets: Sockets;
  /** On whose right a connection is open. */
  readonly viewers: () => readonly Viewer[];
}

const path = '/graphql';

/** The server: one port, one path; HTTP, Server-Sent Events and WebSocket. */
export async function createHttpServer(options: ServerOptions): Promise<HttpServer> {
  const { limits, logger } = options;
  const connections = new Connections(limits, options.clock);
  const counters = new ServerCounters();
  let isDraining = false;
  const pipeline = new Pipeline({
    documents: new Documents(options.schema, limits, options.introspection),
    limits,
    clock: options.clock,
    mask: { logger, hideSuggestions: options.production },
    eventCursor: options.eventCursor,
    counters,
  });
  const metrics = new Metrics({ connections, counters, groups: pipeline.groups, load: options.load });
  options.onDelivered((lagMs) => metrics.delivered(lagMs));
  const app = express();
  const httpServer = createServer(app);
  const apollo = createApollo({ pipeline, httpServer, logger, hideSuggestions: options.production });
  await apollo.start();

  const { authenticate } = options;
  const eventStreams = createEventStreams({
    pipeline,
    limits,
    connections,
    counters,
    authenticate,
    logger,
    isDraining: () => isDraining,
  });
  const origins = new Set(options.origins);
  const allowsOrigin = (origin: string, host: string | undefined): boolean => origins.has(origin) || hostOf(origin) === host;
  app.disable('x-powered-by');
  operationsPages(app, { ready: options.ready, isDraining: () => isDraining, metrics, metricsToken: options.metricsToken });
  if (!options.answersClients) app.use(path, noClients);
  app.get('/', (_request, response) => response.redirect(path));
  if (options.graphiqlFolder !== null) graphiqlPage(app, path, options.graphiqlFolder);
  app.use(
    path,
    crossOrigin(allowsOrigin),
    express.json({ limit: limits.bodyBytes }),
    eventStreams.handler,
    acceptable,
    expressMiddleware(apollo, {
      context: async ({ req, res }) => {
        const gone = new AbortController();
        res.once('close', () => {
          if (!res.writableFinished) gone.abort();
        });
        try {
          return { caller: await callerOf(originOf(req), req.headers.authorization, authenticate, gone.signal) };
        } catch (error) {
          logger.error({ err: error }, 'a token could not be checked');
          throw new GraphQLError('internal error: the token could not be checked', {
            extensions: { code: 'INTERNAL', http: { status: 500 } },
          });
        }
      },
    }),
  );
  app.use(refusals(limits));

  const sockets = createSockets({
    httpServer,
    path,
    pipeline,
    limits,
    connections,
    counters,
    authenticate,
    logger,
    allowsOrigin,
    isDraining: () => isDraining || !options.answersClients,
  });
  const stopWatching = options.onRevoked((target) => connections.revoke(target));
  return {
    sockets,
    viewers: () => connections.viewers,
    listen: () => listen(httpServer, options),
    drain() {
      isDraining = true;
      connections.drain();
    },
    async close(deadlineMs) {
      isDraining = true;
      stopWatching();
      const deadline = setTimeout(() => {
        connections.terminate();
        httpServer.closeAllConnections();
      }, deadlineMs);
      deadline.unref();
      eventStreams.close();
      const closed = sockets.close();
      // What streams have to say at their end goes first.
      await new Promise((resolve) => setImmediate(resolve));
      connections.drain();
      await closed;
      await apollo.stop();
      clearTimeout(deadline);
    },
  };
}

const noClients: express.RequestHandler = (_request, response) => {
  const message = 'this process answers no clients: CANDLEWICK_ROLES has no api; ask one that has';
  response.status(404).json({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
};

/** Lets pages of allowed origins call the API, and answers their preflight. */
function crossOrigin(allows: (origin: string, host: string | undefined) => boolean): express.RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers;
    if (origin && allows(origin, request.headers.host)) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('vary', 'Origin');
      response.setHeader('access-control-allow-headers', 'authorization, content-type, apollo-require-preflight');
      response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
    }
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
}

const mediaTypes = ['application/graphql-response+json', 'application/json'];

/** Apollo Server looks at what the client can read only after it has run the operation; a mutation would be done and look refused. */
const acceptable: express.RequestHandler = (request, response, next) => {
  if (request.accepts([...mediaTypes])) next();
  else
    response
      .status(406)
      .json({ errors: [{ message: `this server answers in ${mediaTypes.join(', ')}`, extensions: { code: 'BAD_REQUEST' } }] });
};

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** What Express itself refuses (a body too large, broken JSON), in GraphQL's form. */
function refusals(limits: Limits): ErrorRequestHandler {
  return (error: { status?: number; type?: string }, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = error.status ?? 500;
    const message =
      error.type === 'entity.too.large'
        ? `the request body may have ${limits.bodyBytes} bytes`
        : error.type === 'entity.parse.failed'
          ? 'the request body is not valid JSON'
          : 'the request could not be read';
    response
      .status(status)
      .json({ errors: [{ message, extensions: { code: status === 413 ? 'LIMIT_EXCEEDED' : 'BAD_REQUEST' } }] });
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<{ url: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `port ${port} on ${host} is in use: stop what listens there, or set PORT to another one`
          : error.code === 'EACCES'
            ? `port ${port} may not be used by this account: set PORT to one above 1023`
            : `cannot listen on ${host}:${port}: ${error.message}`;
      reject(new DomainError('INVALID', why, { cause: error }));
    });
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      const name = host.includes(':') ? `[${host}]` : host;
      resolve({
        url: `http://${host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : name}:${address.port}${path}`,
        port: address.port,
      });
    });
  });
}
