import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { toGlobalId } from '../../src/resolvers/ids.ts';
import { createLogger } from '../../src/services/logger.ts';
import { startPostgres } from '../../test/support/postgres.ts';
import { post, type Target, throughput } from '../support/http-load.ts';
import { type BenchCase, type BenchReport, median } from '../support/report.ts';
import { byId, nested } from './documents.ts';
import { botCount, seed, tradesPerBot } from './seed.ts';

const rounds = 7;
const roundMs = 1500;
const connections = 4;
const kinds = ['yardstick', 'candlewick', 'mercurius', 'yoga'] as const;
type Kind = (typeof kinds)[number];

/** Throughput of the web client's bots page and of one bot by id, beside a hand-written server and two others, on the same rows. */
export async function queryBench(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-bench-'));
  const postgres = await startPostgres();
  try {
    return {
      name: 'query',
      cases: [
        ...(await measure('sqlite', `sqlite:${join(folder, 'bench.db')}`)),
        ...(await measure('postgresql', postgres.url('postgres'))),
      ],
    };
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(dialect: string, databaseUrl: string): Promise<BenchCase[]> {
  const { userId, token, botId } = await furnish(databaseUrl);
  const children: ChildProcess[] = [];
  try {
    const ports = new Map<Kind, number>();
    for (const kind of kinds) {
      const { child, port } = await serve(kind, databaseUrl, userId);
      children.push(child);
      ports.set(kind, port);
    }
    const target = (kind: Kind, query: string, variables: object): Target => ({
      name: kind,
      port: ports.get(kind) ?? 0,
      path: '/graphql',
      body: JSON.stringify({ query, variables }),
      headers: kind === 'candlewick' ? { authorization: `Bearer ${token}` } : {},
    });
    const pages = kinds.map((kind) => target(kind, nested, { first: botCount }));
    const ones = kinds.map((kind) => target(kind, byId, { id: toGlobalId('bot', botId) }));
    await assertSameAnswers(pages);
    await assertSameAnswers(ones);
    return [
      ...(await compare(`nested ${dialect}`, pages)),
      ...(await compare(dialect === 'sqlite' ? 'by id' : `by id ${dialect}`, ones)),
    ];
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

/** An account with a token, and its bots, through the program itself. */
async function furnish(databaseUrl: string): Promise<{ userId: string; token: string; botId: string }> {
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: databaseUrl,
    CANDLEWICK_SECRET: 'bench '.repeat(8),
    CANDLEWICK_DEMO: 'off',
    LOG_LEVEL: 'error',
  });
  const app = await createApp(config, { logger: createLogger({ level: 'error', pretty: false }) });
  const { accessToken, userId } = await app.users.signUp({ email: 'bench@example.com', password: 'a long enough secret' }, {});
  const botId = await seed(app.database, userId);
  await app.stop(1000);
  return { userId, token: accessToken, botId };
}

function serve(kind: Kind, databaseUrl: string, userId: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(join(import.meta.dirname, 'serve.ts'), [kind, databaseUrl, userId], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'development' },
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve({ child, port: message.port }));
    child.once('exit', (code) => reject(new Error(`${kind} ended with ${code} before it served`)));
  });
}

/** A server that answers something else would be measured for nothing; cursors are each server's own. */
async function assertSameAnswers(targets: readonly Target[]): Promise<void> {
  const agent = new Agent();
  const answers = await Promise.all(
    targets.map(
      async (target) => JSON.parse(await post(agent, target)) as { data: { bots?: { pageInfo: { endCursor: string } } } },
    ),
  );
  const texts = answers.map(({ data }) => {
    if (data.bots) data.bots.pageInfo.endCursor = '';
    return JSON.stringify(data);
  });
  if (
    texts[0].length < 50 ||
    (texts[0].includes('nodes') && texts[0].split('"executedAt"').length - 1 !== botCount * tradesPerBot)
  )
    throw new Error(`the yardstick answers too little: ${texts[0].slice(0, 300)}`);
  texts.forEach((text, index) => {
    if (text !== texts[0])
      throw new Error(
        `${targets[index].name} answers otherwise than the yardstick:\n${text.slice(0, 600)}\n${texts[0].slice(0, 600)}`,
      );
  });
}

/** Rounds in turn, so that a slow moment of the machine hits all alike. */
async function compare(name: string, targets: readonly Target[]): Promise<BenchCase[]> {
  const rates = targets.map((): number[] => []);
  for (const target of targets) await throughput(target, 1000, connections);
  for (let round = 0; round < rounds; round++)
    for (const [index, target] of targets.entries()) rates[index].push(await throughput(target, roundMs, connections));
  const yardstick = median(rates[0]);
  return targets.map((target, index) => ({
    case: target.name === 'candlewick' ? name : `${name}: ${target.name}`,
    unit: 'requests/s',
    median: median(rates[index]),
    min: Math.min(...rates[index]),
    max: Math.max(...rates[index]),
    ratio: median(rates[index].map((rate, round) => rate / rates[0][round])),
    yardstick: `hand-written HTTP + SQL + JSON.stringify (${yardstick.toFixed(0)} requests/s)`,
  }));
}
