import { Arena } from '../fanout/arena.ts';
import type { BenchCase, BenchReport } from '../support/report.ts';
import { losslessCases } from './lossless.ts';

/** Goal for what a subscriber of a shared stream costs, socket included. */
const goalKb = 30;

/** What subscribers and idle sockets cost, and how fast the lossless streams of the whole program are. */
export async function streamsBench(): Promise<BenchReport> {
  return { name: 'streams', cases: [...(await losslessCases()), ...(await memory())] };
}

/** What a socket costs: idle ones, and ones that watch what a thousand others watch. */
async function memory(): Promise<BenchCase[]> {
  const cases: BenchCase[] = [];
  for (const [name, kind, clients, symbol] of [
    ['memory a subscriber, 1000', 'candlewick', 1000, 'BTC/USDT'],
    ['memory a subscriber, 1000: graphql-ws + type-graphql', 'graphql-ws + type-graphql', 1000, 'BTC/USDT'],
    ['memory an idle socket, 10000', 'candlewick', 10_000, undefined],
    ['memory an idle socket, 10000: bare ws', 'bare ws', 10_000, undefined],
  ] as const) {
    const arena = await Arena.start(kind);
    try {
      // Whatever is loaded with the first client is no client's.
      await arena.connect(10, () => symbol);
      const before = await arena.tell('bytes');
      await arena.connect(clients, () => symbol);
      const each = ((await arena.tell('bytes')) - before) / clients / 1024;
      cases.push({
        case: name,
        unit: 'KB',
        median: each,
        min: each,
        max: each,
        ratio: goalKb / each,
        yardstick: `the goal of ${goalKb} KB`,
      });
    } finally {
      arena.stop();
    }
  }
  return cases;
}
