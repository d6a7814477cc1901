import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/services/logger.ts';
import { parseGlobalId } from '../../src/resolvers/ids.ts';
import { type HandWritten, onPostgres, onSqlite } from './rows.ts';
import { typeDefs } from './schema.ts';

/* One server per process: `serve.ts KIND DATABASE_URL USER_ID`; tells its port to the parent. */

const [kind = '', databaseUrl = '', userId = ''] = process.argv.slice(2);
const path = '/graphql';

const rows = (): HandWritten =>
  databaseUrl.startsWith('sqlite:') ? onSqlite(databaseUrl.slice('sqlite:'.length), userId) : onPostgres(databaseUrl, userId);

interface Body {
  readonly query: string;
  readonly variables?: { first?: number; id?: string };
}

const uuid = (id: string): string => parseGlobalId(id)?.uuid ?? '';

function resolversOver(data: HandWritten) {
  return {
    bots: async ({ first }: { first?: number }) => ((await data.page(first ?? 25)) as { bots: unknown }).bots,
    bot: async ({ id }: { id: string }) => ((await data.byId(uuid(id))) as { bot: unknown }).bot,
  };
}

/** Each server in the form its own documentation recommends for speed. */
const servers: Record<string, () => Promise<number>> = {
  async yardstick() {
    const data = rows();
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as Body;
        const answer = variables?.id === undefined ? data.page(variables?.first ?? 25) : data.byId(uuid(variables.id));
        answer.then(
          (result) => {
            const text = JSON.stringify({ data: result });
            response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
            response.end(text);
          },
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },

  async candlewick() {
    const { createApp } = await import('../../src/app.ts');
    const config = {
      ...readConfig({
        PORT: '0',
        DATABASE_URL: databaseUrl,
        CANDLEWICK_SECRET: 'bench '.repeat(8),
        CANDLEWICK_DEMO: 'off',
        LOG_LEVEL: 'error',
      }),
    };
    // All limits are on; the bucket is only deep enough for a benchmark.
    const app = await createApp(config, {
      logger: createLogger({ level: 'error', pretty: false }),
      limits: { bucket: { capacity: 1e12, perSecond: 1e12 } },
    });
    return (await app.start()).port;
  },

  async mercurius() {
    const { default: fastify } = await import('fastify');
    const { default: mercurius } = await import('mercurius');
    const app = fastify();
    const { bots, bot } = resolversOver(rows());
    await app.register(mercurius, {
      schema: typeDefs,
      resolvers: {
        Query: {
          bots: (_root: unknown, args: { first?: number }) => bots(args),
          bot: (_root: unknown, args: { id: string }) => bot(args),
        },
      } as never,
      jit: 1,
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return (app.server.address() as AddressInfo).port;
  },

  async yoga() {
    const { createSchema, createYoga } = await import('graphql-yoga');
    const { bots, bot } = resolversOver(rows());
    const schema = createSchema({
      typeDefs,
      resolvers: {
        Query: {
          bots: (_root: unknown, args: { first?: number }) => bots(args),
          bot: (_root: unknown, args: { id: string }) => bot(args),
        },
      },
    });
    // eslint-disable-next-line typescript/no-misused-promises -- node:http takes any listener
    const server = createServer(createYoga({ schema, logging: false, graphqlEndpoint: path }) as never);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },
};

const port = await servers[kind]();
process.send?.({ port });
