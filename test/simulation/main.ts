import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Position } from '../../src/entities/trading/Position.ts';
import { type Database, openDatabase } from '../../src/services/database/index.ts';
import { startPostgres } from '../support/postgres.ts';
import { runWorlds } from './campaign.ts';
import { enterMarkets } from './enter-markets.ts';

/* npm run simulate: seeded worlds, one after the other, on one database. */

const number = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const {
  seeds,
  from,
  log: showsLog,
  database: kind,
} = new Command('simulate')
  .description('Runs seeded worlds in which everything goes wrong that can, and compares what the program stored with the venue.')
  .option('--seeds <number>', 'how many worlds', number, 100)
  .option('--from <seed>', 'the first seed', number, 1)
  .option('--log', 'what the processes of failing worlds logged', false)
  .option('--database <kind>', 'sqlite or postgresql', 'sqlite')
  .parse()
  .opts<{ seeds: number; from: number; log: boolean; database: string }>();
if (kind !== 'sqlite' && kind !== 'postgresql') throw new Error(`--database is "${kind}"; it must be sqlite or postgresql`);

const folder = mkdtempSync(join(tmpdir(), 'candlewick-simulation-'));
const server = kind === 'postgresql' ? await startPostgres() : undefined;
let database: Database | undefined;
try {
  database = await openDatabase({ url: server ? server.url('postgres') : `sqlite:${join(folder, 'worlds.db')}` });
  await database.migrate();
  await enterMarkets(database);
  const startedAt = performance.now();
  const list = Array.from({ length: seeds }, (_, index) => from + index);
  const { worlds, faults, failures, orders, fills, transfers } = await runWorlds(database, list, {
    onFailure: ({ seed, violations, log }) => {
      if (showsLog) for (const line of log) console.log(`  ${line}`);
      console.log(
        `seed ${seed}: ${violations.length} violations; replay: npm run simulate -- --seeds 1 --from ${seed} --database ${kind}`,
      );
      for (const violation of violations) console.log(`  ${violation}`);
    },
  });
  for (const [name, count] of faults.entries) console.log(`${String(count).padStart(7)}  ${name}`);
  const dust = await database.system().count(Position, { dust: { $ne: null } });
  console.log(
    `${orders} orders, ${fills} fills and ${transfers} transfers at the venue, ${dust} positions left dust, ${Math.round((performance.now() - startedAt) / 1000)} s on ${kind}`,
  );
  const violations = failures.reduce((sum, failure) => sum + failure.violations.length, 0);
  console.log(`${worlds} worlds, ${faults.total} faults injected, ${violations} violations`);
  process.exitCode = violations > 0 ? 1 : 0;
} finally {
  await database?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}
