import { buildSchema, type GraphQLField, type GraphQLSchema } from 'graphql';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { createLogger } from '../../src/services/logger.ts';
import { type Kind, nextCandle, typeDefs } from './protocol.ts';

/** A server that has been started: where it listens, and how a candle is published to all who watch a symbol. */
export interface Serving {
  readonly port: number;
  readonly publish: (symbol: string) => void;
}

type Update = ReturnType<typeof nextCandle>;

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Each server in the form that its own documentation recommends; the yardstick is one prepared buffer to every socket. */
export const servers: Record<Kind, () => Promise<Serving>> = {
  async 'bare ws'() {
    const server = createServer();
    const sockets = new Set<WebSocket>();
    // Clients choose ids of this length; one buffer for all can have but one.
    const id = randomUUID();
    const wss = new WebSocketServer({ server, perMessageDeflate: false });
    wss.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // Enough of the protocol for the same client.
      socket.on('message', (data: Buffer) => {
        if (data.toString().includes('connection_init')) socket.send('{"type":"connection_ack"}');
      });
    });
    return {
      port: await listening(server),
      publish: () => {
        const message = { id, type: 'next', payload: { data: { candleUpdated: nextCandle() } } };
        const buffer = Buffer.from(JSON.stringify(message));
        for (const socket of sockets) socket.send(buffer, { binary: false });
      },
    };
  },

  candlewick,
  'candlewick sse': candlewick,

  async 'graphql-ws + type-graphql'() {
    const { createPubSub } = await import('graphql-yoga');
    const { useServer } = await import('graphql-ws/use/ws');
    const { defaultSchema } = await import('./type-graphql-schema.ts');
    const pubSub = createPubSub<Record<string, [Update]>>();
    const server = createServer();
    useServer({ schema: defaultSchema(pubSub) }, new WebSocketServer({ server, path: '/graphql' }));
    return { port: await listening(server), publish: (symbol) => pubSub.publish(symbol, nextCandle()) };
  },

  async mercurius() {
    const { default: fastify } = await import('fastify');
    const { default: mercurius } = await import('mercurius');
    const app = fastify();
    await app.register(mercurius, {
      schema: typeDefs,
      resolvers: {
        Subscription: {
          candleUpdated: {
            subscribe: (
              _root: unknown,
              { symbol }: { symbol: string },
              { pubsub }: { pubsub: { subscribe: (topic: string) => unknown } },
            ) => pubsub.subscribe(symbol),
          },
        },
      } as never,
      subscription: true,
      jit: 1,
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { pubsub } = app.graphql as unknown as { pubsub: { publish: (message: object) => void } };
    return {
      port: (app.server.address() as AddressInfo).port,
      publish: (symbol) => pubsub.publish({ topic: symbol, payload: { candleUpdated: nextCandle() } }),
    };
  },

  async 'yoga sse'() {
    const { createPubSub, createSchema, createYoga } = await import('graphql-yoga');
    const pubSub = createPubSub<Record<string, [Update]>>();
    const schema = createSchema({
      typeDefs,
      resolvers: {
        Subscription: {
          candleUpdated: {
            subscribe: (_root: unknown, { symbol }: { symbol: string }) => pubSub.subscribe(symbol),
            resolve: (update: Update) => update,
          },
        },
      },
    });
    // eslint-disable-next-line typescript/no-misused-promises -- node:http takes any listener
    const server = createServer(createYoga({ schema, logging: false }) as never);
    return { port: await listening(server), publish: (symbol) => pubSub.publish(symbol, nextCandle()) };
  },
};

/** This product, with a source of its own instead of a market. */
async function candlewick(): Promise<Serving> {
  const { createHttpServer } = await import('../../src/server/server.ts');
  const { defaultLimits } = await import('../../src/server/limits.ts');
  const topics = new Topics();
  const schema = buildSchema(typeDefs);
  const field = fieldOf(schema);
  field.subscribe = (_root: unknown, { symbol }: { symbol: string }) => topics.listen(symbol);
  field.resolve = (update: unknown) => update;
  field.extensions = { shared: { place: ({ isClosed }: Update) => ({ key: '', keep: isClosed }) } };
  const userId = '0199e0f2-0000-7000-8000-000000000001';
  const server = await createHttpServer({
    schema,
    answersClients: true,
    host: '127.0.0.1',
    port: 0,
    // All limits are on; thousands of sockets here are one person's.
    limits: {
      ...defaultLimits,
      socketsPerUser: 1e6,
      anonymousSocketsPerAddress: 1e6,
      bucket: { capacity: 1e12, perSecond: 1e12 },
    },
    logger: createLogger({ level: 'error', pretty: false }),
    clock: { now: () => new Date() },
    authenticate: () => Promise.resolve({ userId, role: 'TRADER', scopes: ['READ'] }),
    eventCursor: () => Promise.resolve(''),
    onRevoked: () => () => {},
    ready: () => Promise.resolve(),
    load: () => ({ streams: 0, longestQueue: 0, botsRunning: 0, jobsWaiting: 0, jobsRunning: 0 }),
    onDelivered: () => {},
    metricsToken: undefined,
    production: false,
    introspection: false,
    origins: [],
    graphiqlFolder: null,
  });
  return { port: (await server.listen()).port, publish: (symbol) => topics.tell(symbol, nextCandle()) };
}

function fieldOf(schema: GraphQLSchema): GraphQLField<unknown, unknown> {
  const field = schema.getSubscriptionType()?.getFields()['candleUpdated'];
  if (!field) throw new Error('the schema has no candleUpdated');
  return field;
}

/** The plainest source: every listener has a list of its own. */
class Topics {
  readonly #listeners = new Map<string, Set<(update: Update) => void>>();

  tell(symbol: string, update: Update): void {
    for (const listener of this.#listeners.get(symbol) ?? []) listener(update);
  }

  async *listen(symbol: string): AsyncGenerator<Update, undefined, undefined> {
    const waiting: Update[] = [];
    let wake = (): void => {};
    const listener = (update: Update): void => {
      waiting.push(update);
      wake();
    };
    const listeners = this.#listeners.get(symbol) ?? new Set();
    this.#listeners.set(symbol, listeners.add(listener));
    try {
      for (;;) {
        const update = waiting.shift();
        if (update) yield update;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      listeners.delete(listener);
    }
  }
}
