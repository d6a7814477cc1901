import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Connections } from './connections.ts';
import type { ServerCounters } from './counters.ts';
import type { Groups } from './pipeline/shared/groups.ts';

/** What the rest of the program tells of itself when it is asked. */
export interface ProgramLoad {
  /** Lossless streams that are open, and items in the longest of their queues. */
  readonly streams: number;
  readonly longestQueue: number;
  readonly botsRunning: number;
  readonly jobsWaiting: number;
  readonly jobsRunning: number;
}

interface Watched {
  readonly connections: Connections;
  readonly counters: ServerCounters;
  readonly groups: Groups;
  readonly load: () => ProgramLoad;
}

/** The numbers of one server for Prometheus: counts and times, never anything of anybody. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #lag: Histogram;

  constructor({ connections, counters, groups, load }: Watched) {
    collectDefaultMetrics({ register: this.#registry });
    const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
      ['connections', 'WebSockets and streams of Server-Sent Events that are open', () => connections.size],
      ['subscriptions', 'Subscriptions that are open', () => counters.subscriptions],
      ['shared_groups', 'Subscriptions of market data that run once for several clients', () => groups.size],
      ['shared_members', 'Clients of those', () => groups.members],
      ['streams', 'Lossless streams that are open', () => load().streams],
      ['stream_queue_items', 'Items in the longest queue of a lossless stream', () => load().longestQueue],
      ['bots_running', 'Bots that run in this process', () => load().botsRunning],
      ['jobs_waiting', 'Jobs that wait for a thread', () => load().jobsWaiting],
      ['jobs_running', 'Jobs that run', () => load().jobsRunning],
    ];
    for (const [name, help, read] of gauges) this.#gauge(name, help, read);
    this.#counter(
      'market_data_replaced',
      'Values that a newer one replaced because a client was behind',
      () => counters.conflated,
    );
    this.#counter('slow_consumers', 'Subscriptions that were ended because nobody read them', () => counters.slowConsumers);
    this.#counter('closed_connections', 'Connections that the server has closed, by close code', () => counters.closed);
    this.#lag = new Histogram({
      name: 'candlewick_stream_lag_seconds',
      help: 'From the commit of an event until it was written to a client of a lossless stream',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [this.#registry],
    });
  }

  /** An event has been written to a client so many milliseconds after its commit. */
  delivered(lagMs: number): void {
    this.#lag.observe(lagMs / 1000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name: `candlewick_${name}`,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    });
  }

  /** @param read the count, or the count of each close code */
  #counter(name: string, help: string, read: () => number | ReadonlyMap<number, number>): void {
    const counter: Counter<'code'> = new Counter({
      name: `candlewick_${name}_total`,
      help,
      labelNames: ['code'],
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        const counted = read();
        if (typeof counted === 'number') counter.inc(counted);
        else for (const [code, count] of counted) counter.inc({ code: String(code) }, count);
      },
    });
  }
}
