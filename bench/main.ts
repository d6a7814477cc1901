import { type BenchReport, tableOf } from './support/report.ts';

/** Every benchmark by name; loaded only when asked for, because each brings its own yardsticks. */
const benches: Record<string, () => Promise<() => Promise<BenchReport>>> = {
  backtest: async () => (await import('./backtest/main.ts')).backtestBench,
  libraries: async () => (await import('./libraries/main.ts')).librariesBench,
  sweep: async () => (await import('./sweep/main.ts')).sweepBench,
  candles: async () => (await import('./candles/main.ts')).candlesBench,
  feeds: async () => (await import('./feeds/main.ts')).feedsBench,
  query: async () => (await import('./query/main.ts')).queryBench,
  fanout: async () => (await import('./fanout/main.ts')).fanoutBench,
  streams: async () => (await import('./streams/main.ts')).streamsBench,
  bots: async () => (await import('./bots/main.ts')).botsBench,
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`no benchmark "${unknown}"; there are: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}

for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const run = await benches[name]();
  const report = await run();
  console.log(json ? JSON.stringify(report) : `${tableOf(report)}\n`);
}
