import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createHttpServer, type HttpServer } from '../../../src/server/server.ts';
import { defaultLimits, type Limits } from '../../../src/server/limits.ts';
import { CursorCodec } from '../../../src/services/events/cursor.ts';
import { EventHub } from '../../../src/services/events/hub.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { MemoryLog } from '../../services/events/memory-log.ts';
import { Source, type Tick } from './shared-world.ts';

/** Bytes of each answer and each pushed value. */
export const pieceBytes = 64 * 1024;

/** The server's transports over a schema whose answers are large: a shared stream, a lossless one, and a query. */
export async function socketServer(changed: Partial<Limits> = {}): Promise<{
  server: HttpServer;
  url: string;
  source: () => Source;
  /** Sources that were opened so far. */
  opened: () => number;
  publish: () => void;
  hub: EventHub;
}> {
  const logger = createLogger({ level: 'silent', pretty: false });
  const clock = { now: () => new Date() };
  const log = new MemoryLog();
  const hub = new EventHub(log, new CursorCodec(new Uint8Array(32), 'database'), clock, logger);
  const text = 'x'.repeat(pieceBytes);
  const sources: Source[] = [];
  const Told = new GraphQLObjectType({
    name: 'Told',
    fields: { value: { type: GraphQLInt }, sentAt: { type: GraphQLString }, text: { type: GraphQLString, resolve: () => text } },
  });
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: { large: { type: GraphQLString, resolve: () => text.repeat(16) } },
    }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        ticked: {
          type: Told,
          args: { symbol: { type: GraphQLString } },
          subscribe: (_root, args, context) => {
            const source = new Source(args, context);
            sources.push(source);
            return source;
          },
          resolve: (tick: unknown) => tick,
          extensions: { shared: { place: ({ isClosed = false }: Tick) => ({ key: '', keep: isClosed }) } },
        },
        lossless: {
          type: Told,
          subscribe: () => hub.stream({ userId: 'ann', wants: () => true, snapshot: () => Promise.resolve([]) }),
          resolve: (item: unknown) => ({ value: (item as { event?: { sequence: number } }).event?.sequence ?? 0 }),
        },
      },
    }),
  });
  const server = await createHttpServer({
    schema,
    answersClients: true,
    host: '127.0.0.1',
    port: 0,
    limits: {
      ...defaultLimits,
      messagesPerSecond: 100,
      subscriptionsPerSocket: 200,
      bucket: { capacity: 1e9, perSecond: 1e9 },
      ...changed,
    },
    logger,
    clock,
    authenticate: (token) => Promise.resolve({ userId: token, role: 'TRADER', scopes: ['READ'] }),
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
  const { url } = await server.listen();
  return {
    server,
    url: url.replace('localhost', '127.0.0.1'),
    source: () => sources[sources.length - 1],
    opened: () => sources.length,
    publish: () => {
      log.append('ann', { text });
      hub.wake('ann');
    },
    hub,
  };
}
