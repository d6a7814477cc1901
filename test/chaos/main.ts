import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Dice } from '../simulation/dice.ts';
import { startPostgres } from '../support/postgres.ts';
import { redisAnswers, redisUrl } from '../support/redis.ts';
import { chaos, type ChaosReport } from './campaign.ts';

/* npm run chaos: servers are killed and clients cut while bots trade; no client may miss anything. */

const number = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const options = new Command('chaos')
  .description('Kills servers and cuts clients while bots trade, and compares what each client was told with the event log.')
  .option('--clients <number>', 'subscribers', number, 200)
  .option('--kills <number>', 'how often a process is killed with -9', number, 20)
  .option('--cuts <number>', 'how often a connection is cut', number, 1_000)
  .option('--events <number>', 'events that have to be in the log', number, 10_000)
  .option('--seed <number>', 'whose turn it is to be killed or cut', number, 1)
  .option('--on <set-up>', 'sqlite (one process), cluster (PostgreSQL, Redis, two api, two runner, one worker) or both', 'both')
  .parse()
  .opts<{ clients: number; kills: number; cuts: number; events: number; seed: number; on: string }>();
if (!['sqlite', 'cluster', 'both'].includes(options.on))
  throw new Error(`--on is "${options.on}"; it must be sqlite, cluster or both`);

function campaign(databaseUrl: string): Pick<Parameters<typeof chaos>[0], 'databaseUrl' | 'random' | 'print'> {
  const dice = new Dice(options.seed);
  return { databaseUrl, random: () => dice.roll(), print: (line) => console.log(`  ${line}`) };
}

async function onSqlite(): Promise<ChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-chaos-'));
  try {
    return await chaos({ ...options, ...campaign(`sqlite:${join(folder, 'chaos.db')}`), roles: [['api', 'runner', 'worker']] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onCluster(): Promise<ChaosReport> {
  if (!(await redisAnswers())) throw new Error('a cluster needs a Redis');
  const postgres = await startPostgres();
  try {
    const roles = [['api'], ['api'], ['runner'], ['runner'], ['worker']] as const;
    return await chaos({ ...options, ...campaign(postgres.url('postgres')), redisUrl, roles });
  } finally {
    await postgres.stop();
  }
}

const setUps = { sqlite: onSqlite, cluster: onCluster };
for (const [name, run] of Object.entries(setUps)) {
  if (options.on !== 'both' && options.on !== name) continue;
  console.log(`${name}, seed ${options.seed}`);
  const { events, delivered, reconnects, lost, duplicated, outOfOrder, troubles } = await run();
  for (const trouble of troubles) console.log(`  ${trouble}`);
  console.log(
    `${name}: ${events} events, ${delivered} deliveries, ${reconnects} reconnects, ${lost} lost, ${duplicated} duplicated, ${outOfOrder} out of order`,
  );
  if (lost + duplicated + outOfOrder + troubles.length === 0) continue;
  console.log(
    `replay: npm run chaos -- --on ${name} --clients ${options.clients} --kills ${options.kills} --cuts ${options.cuts} --events ${options.events} --seed ${options.seed}`,
  );
  process.exitCode = 1;
}
