import { type ChildProcess, fork } from 'node:child_process';
import { createClient } from 'graphql-ws';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { BenchCase } from '../support/report.ts';

const subscribers = 20;
/** First as fast as transactions of five events get through, as a fill makes them; then one by one with pauses, because lag is only lag when nothing queues. */
const atOnce = 1000;
const burst: Append = { transactions: atOnce / 5, size: 5, pauseMs: 0 };
const spaced: Append = { transactions: 250, size: 1, pauseMs: 4 };
/** How soon after its commit an event should be on the wire. */
const goalMs = 50;

interface Append {
  readonly transactions: number;
  /** Events in each. */
  readonly size: number;
  /** Between two of them, in milliseconds. */
  readonly pauseMs: number;
}
/** When each transaction was committed, and how long all of them took. */
interface Committed {
  readonly at: readonly number[];
  readonly ms: number;
}

/** A clock that two processes of one machine share. */
const now = (): number => performance.timeOrigin + performance.now();

/** Events of one account on SQLite, five in a transaction, to several sockets: how many a second, and how long after the commit. */
export async function losslessCases(): Promise<BenchCase[]> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-bench-'));
  const child = fork(join(import.meta.dirname, 'lossless-serve.ts'), [folder], { execArgv: ['--import', 'tsx'] });
  const client = (url: string, token: string) =>
    createClient({ url, webSocketImpl: WebSocket, lazy: true, connectionParams: { authorization: `Bearer ${token}` } });
  try {
    const { url, token } = await answer<{ url: string; token: string }>(child);
    const alone = await append(child, burst);
    const readers = Array.from({ length: subscribers }, () => new Reader(client(url, token)));
    await Promise.all(readers.map((reader) => reader.ready));

    const start = now();
    await append(child, burst);
    await Promise.all(readers.map((reader) => reader.has(atOnce)));
    const rate = atOnce / ((now() - start) / 1000);

    const committed = await append(child, spaced);
    await Promise.all(readers.map((reader) => reader.has(atOnce + spaced.transactions)));
    const lags = readers
      .flatMap(({ arrivals }) => committed.at.map((at, index) => arrivals[atOnce + index] - at))
      .sort((a, b) => a - b);
    const lag = (share: number): number => lags[Math.floor(share * (lags.length - 1))];
    const aloneRate = atOnce / (alone.ms / 1000);
    const lagCase = (name: string, value: number): BenchCase => ({
      case: `lossless, ${subscribers} subscribers: lag commit → client, ${name}`,
      unit: 'ms',
      median: value,
      min: lags[0],
      max: lags.at(-1) ?? 0,
      ratio: goalMs / value,
      yardstick: `${goalMs} ms, at ${Math.round(1000 / spaced.pauseMs)} events/s at the most`,
    });
    return [
      {
        case: `lossless, ${subscribers} subscribers`,
        unit: 'messages/s',
        median: rate * subscribers,
        min: rate * subscribers,
        max: rate * subscribers,
        ratio: rate / aloneRate,
        yardstick: `the same transactions with nobody watching (${rate.toFixed(0)} of ${aloneRate.toFixed(0)} events/s)`,
      },
      lagCase('p50', lag(0.5)),
      lagCase('p99', lag(0.99)),
    ];
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A socket of its own with one lossless subscription. */
class Reader {
  readonly arrivals: number[] = [];
  readonly ready: Promise<void>;
  #wake: (() => void) | undefined;

  constructor(client: ReturnType<typeof createClient>) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    client.subscribe<{ botStateChanged: { __typename: string } }>(
      { query: 'subscription { botStateChanged { __typename ... on BotDeleted { cursor at deletedId } } }' },
      {
        next: ({ data, errors }) => {
          if (errors) return reject(new Error(JSON.stringify(errors)));
          if (data?.botStateChanged.__typename === 'BotDeleted') this.arrivals.push(now());
          else resolve();
          this.#wake?.();
        },
        error: reject,
        complete: () => reject(new Error('the stream ended')),
      },
    );
  }

  async has(count: number): Promise<void> {
    while (this.arrivals.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

async function append(child: ChildProcess, command: Append): Promise<Committed> {
  child.send(command);
  return answer<Committed>(child);
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the server ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (told) => {
      child.off('exit', ended);
      resolve(told as T);
    });
  });
}
