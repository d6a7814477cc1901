/*
 * npm run cluster: two api, two runner and two worker processes on one PostgreSQL and one Redis, until Ctrl-C. DATABASE_URL and REDIS_URL say
 * where those are; without the first, a PostgreSQL of its own is started and forgotten afterwards.
 */
import { randomBytes } from 'node:crypto';
import type { Role } from '../../src/config.ts';
import { startPostgres } from '../support/postgres.ts';
import { redisAnswers, redisUrl } from '../support/redis.ts';
import { cluster } from './processes.ts';

const colours = [36, 33, 35, 32, 34, 31];

async function main(): Promise<void> {
  if (!(await redisAnswers())) throw new Error(`the cluster needs a Redis: none answers at ${redisUrl}; set REDIS_URL`);
  const given = process.env['DATABASE_URL'];
  const postgres = given === undefined ? await startPostgres() : undefined;
  const roles: Role[][] = [['api'], ['api'], ['runner'], ['runner'], ['worker'], ['worker']];
  const names: string[] = [];
  const processes = await cluster({
    databaseUrl: given ?? (postgres as NonNullable<typeof postgres>).url('postgres'),
    redisUrl,
    roles,
    port: Number(process.env['PORT'] ?? 4000),
    env: { CANDLEWICK_SECRET: process.env['CANDLEWICK_SECRET'] ?? randomBytes(32).toString('hex'), LOG_LEVEL: 'info' },
    print: (name, line) => {
      if (!names.includes(name)) names.push(name);
      const label = process.stdout.isTTY ? `\x1b[${colours[names.indexOf(name) % colours.length]}m${name}\x1b[0m` : name;
      process.stdout.write(`${label} | ${line}\n`);
    },
  });
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    for (const server of processes) await server.stop();
    await postgres?.stop();
  };
  process.on('SIGINT', () => void stop()).on('SIGTERM', () => void stop());
  try {
    // One after the other: the first one makes the tables and the demo account.
    for (const server of processes) if (!stopping) await server.start();
    process.stdout.write(`\nsix processes run: open ${processes[0].url} or ${processes[1].url}; Ctrl-C stops them\n`);
  } catch (error) {
    await stop();
    throw error;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
