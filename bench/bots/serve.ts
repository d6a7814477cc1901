import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/services/logger.ts';
import type { Viewer } from '../../src/services/viewer.ts';
import { Decimal } from '../../src/trading/money.ts';
import { BenchMarket, exchange, symbolNames } from './market.ts';
import { Probe } from './probe.ts';
import type { Command, Pace, Resumed, Watched } from './protocol.ts';

/* The whole program with a market of its own, in a process of its own: `serve.ts DATABASE_URL BEGAN_AT`; does what the parent asks. */

const [url = '', beganAt = ''] = process.argv.slice(2);
const market = new BenchMarket(Number(beganAt));
const logger = createLogger({ level: 'error', pretty: false });
const config = readConfig({
  PORT: '0',
  DATABASE_URL: url,
  CANDLEWICK_SECRET: 'bench '.repeat(8),
  CANDLEWICK_DEMO: 'off',
  LOG_LEVEL: 'error',
});
const app = await createApp(config, {
  logger,
  openMarketData: () => {
    market.start();
    return Promise.resolve(market);
  },
});
const probe = new Probe(app, market);

const patienceMs = 180_000;

const parametersOf: Readonly<Record<Pace, Readonly<Record<string, unknown>>>> = {
  usual: {},
  hectic: { emaFast: 2, emaSlow: 5, rsiPeriod: 5, rsiOverbought: 100, rsiOversold: 0, rsiExit: null },
};

async function make(count: number, pace: Pace): Promise<void> {
  const { userId } = await app.users.signUp({ email: 'bench@example.com', password: 'a long enough secret' }, {});
  const viewer: Viewer = { userId, role: 'TRADER', scopes: ['READ', 'TRADE'] };
  const parameters = parametersOf[pace];
  const strategy = await app.strategies.create(viewer, { name: pace, kind: 'BUILT_IN', builtIn: 'ema-rsi', parameters });
  const made: string[] = [];
  for (let index = 0; index < count; index++) {
    const { id } = await app.bots.create(viewer, {
      name: `bot ${index}`,
      strategyId: strategy.id,
      market: { exchange, symbol: symbolNames[index % symbolNames.length] },
      timeframe: 'M1',
      mode: 'PAPER',
      risk: { initialCapital: new Decimal(10_000), stopLossPercent: new Decimal(2), takeProfitPercent: new Decimal(4) },
    });
    made.push(id);
  }
  // All at once: those that were started first would trade while the others are waited for.
  await Promise.all(made.map((id) => app.bots.start(viewer, id)));
  await until(() => probe.running === count, 'run');
}

async function watch(milliseconds: number): Promise<Watched> {
  probe.begin();
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await sleep(milliseconds);
  const { user, system } = process.cpuUsage(cpu);
  const ms = performance.now() - start;
  return { ...(await probe.seen()), cpuMs: (user + system) / 1000, ms };
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > giveUpAt)
      throw new Error(`the bots do not ${what}: ${probe.running} run, ${probe.trading} trade after ${patienceMs} ms`);
    await sleep(5);
  }
}

async function resumed(count: number): Promise<Resumed> {
  await until(() => probe.running === count, 'run');
  const runningAt = Date.now();
  await until(() => probe.trading === count, 'trade');
  return { runningAt, tradingAt: Date.now() };
}

process.on('message', (command: Command) => {
  void (async () => {
    if ('make' in command) await make(command.make, command.pace);
    const answer =
      'watch' in command ? await watch(command.watch) : 'resumed' in command ? await resumed(command.resumed) : 'made';
    process.send?.(answer);
  })();
});
process.on('SIGTERM', () => void app.stop(10_000).then(() => process.exit(0)));
await app.start();
