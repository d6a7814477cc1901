import { type BenchCase, type BenchReport, median } from '../support/report.ts';
import { Arena } from './arena.ts';
import { type Kind, kinds } from './protocol.ts';

/** One candle to many sockets, beside a bare `ws` that sends one prepared buffer and three servers as their documentation has them. */
export async function fanoutBench(): Promise<BenchReport> {
  return {
    name: 'fanout',
    cases: [
      ...(await contest('identical 1000', kinds, 1000, () => 'BTC/USDT', { rounds: 5, roundMs: 700, burst: 4 })),
      ...(await contest('identical 1000, one at a time', ['bare ws', 'candlewick', 'candlewick sse'], 1000, () => 'BTC/USDT', {
        rounds: 5,
        roundMs: 700,
        burst: 1,
      })),
      ...(await contest('identical 100', ['bare ws', 'candlewick'], 100, () => 'BTC/USDT', {
        rounds: 5,
        roundMs: 500,
        burst: 4,
      })),
      ...(await contest('different 1000', ['bare ws', 'candlewick'], 1000, (index) => `S${index}/USDT`, {
        rounds: 4,
        roundMs: 700,
        burst: 4,
      })),
    ],
  };
}

/** Rounds in turn, so that a slow moment of the machine hits all alike. */
async function contest(
  name: string,
  contestants: readonly Kind[],
  clients: number,
  symbolOf: (index: number) => string,
  { rounds, roundMs, burst }: { rounds: number; roundMs: number; burst: number },
): Promise<BenchCase[]> {
  const arenas: Arena[] = [];
  try {
    for (const kind of contestants) {
      const arena = await Arena.start(kind);
      arenas.push(arena);
      await arena.connect(clients, symbolOf);
      await arena.rate(200, burst);
    }
    const rates = arenas.map((): number[] => []);
    const costs = arenas.map(() => ({ messages: 0, cpuMs: 0 }));
    for (let round = 0; round < rounds; round++)
      for (const [index, arena] of arenas.entries()) {
        const [before, delivered] = [await arena.tell('cpuMs'), arena.clients.delivered];
        rates[index].push(await arena.rate(roundMs, burst));
        costs[index].cpuMs += (await arena.tell('cpuMs')) - before;
        costs[index].messages += arena.clients.delivered - delivered;
      }
    const micros = costs.map(({ messages, cpuMs }) => ((cpuMs * 1000) / messages).toFixed(1));
    return arenas.map(({ kind }, index) => ({
      case: kind === 'candlewick' ? name : `${name}: ${kind}`,
      unit: 'messages/s',
      median: median(rates[index]),
      min: Math.min(...rates[index]),
      max: Math.max(...rates[index]),
      ratio: median(rates[index].map((rate, round) => rate / rates[0][round])),
      yardstick: `bare ws, one prepared buffer (${median(rates[0]).toFixed(0)} messages/s; CPU a message ${micros[index]} µs, bare ${micros[0]} µs)`,
    }));
  } finally {
    for (const arena of arenas) arena.stop();
  }
}
