import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../../src/services/database/index.ts';
import { EventLog } from '../../src/services/events/log.ts';
import { systemClock } from '../../src/services/clock.ts';
import { fromGlobalId } from '../../src/resolvers/ids.ts';
import type { Role } from '../../src/config.ts';
import { cluster, type ServerProcess } from '../cluster/processes.ts';
import { Account } from './account.ts';
import { differences } from './differences.ts';
import { namesInLog } from './log-names.ts';
import { Watcher } from './watcher.ts';

export interface ChaosOptions {
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  readonly roles: readonly (readonly Role[])[];
  readonly clients: number;
  /** How often one of the processes is killed and started again. */
  readonly kills: number;
  /** How often the connection of one of the clients is cut. */
  readonly cuts: number;
  /** Events that have to be in the log before it ends. */
  readonly events: number;
  readonly random: () => number;
  readonly print?: (line: string) => void;
}

export interface ChaosReport {
  readonly events: number;
  readonly delivered: number;
  readonly reconnects: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** What went wrong, in words, for whoever has to find out why. */
  readonly troubles: readonly string[];
}

/** Clients that one person may have: a server's limit of sockets, less one for connections that are not gone yet. */
const clientsPerAccount = 8;
const botsPerAccount = 2;
/** Candles that all bots together handle a second: what two cores can, beside everything else that goes on. */
const candlesPerSecond = 50;
/** The longest that clients may take to hear of everything once nothing happens any more, in milliseconds. */
const patienceMs = 120_000;

/**
 * Bots trade, clients watch, processes are killed and connections cut; in the end each client must have been told every event of its
 * account, once and in order, as the log has them.
 */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { databaseUrl, redisUrl, roles, print = () => undefined } = options;
  const bots = Math.ceil(options.clients / clientsPerAccount) * botsPerAccount;
  const speed = Math.min(600, Math.round((candlesPerSecond * 60) / bots));
  const env = {
    CANDLEWICK_SECRET: 'chaos '.repeat(8),
    CANDLEWICK_DEMO: 'off',
    CANDLEWICK_SIGNUP: 'open',
    CANDLEWICK_SIM_SPEED: String(speed),
  };
  const processes = await cluster({ databaseUrl, redisUrl, roles, env });
  const watchers: Watcher[] = [];
  try {
    for (const server of processes) await server.start();
    const urls = processes.filter((_, index) => roles[index].includes('api')).map(({ url }) => url);
    const accounts: Account[] = [];
    for (let left = options.clients; left > 0; left -= clientsPerAccount) accounts.push(await Account.open(urls, botsPerAccount));
    print(
      `${processes.length} processes, ${accounts.length} accounts with ${botsPerAccount} bots each, ${speed} times as fast as the clock`,
    );
    const owners = Array.from({ length: options.clients }, (_, index) => accounts[Math.floor(index / clientsPerAccount)]);
    for (const [index, { token }] of owners.entries()) watchers.push(new Watcher(urls, token, index));
    await waitUntil(() => watchers.every(({ isLive }) => isLive), patienceMs);

    const database = await openDatabase({ url: databaseUrl, poolSize: 2 });
    try {
      const log = new EventLog(database, systemClock);
      const userIds = accounts.map(({ id }) => fromGlobalId('user', id));
      const start = await log.heads(userIds);
      const logged = async (): Promise<number> => [...(await log.heads(userIds)).values()].reduce((sum, head) => sum + head, 0);
      for (const account of accounts) await account.startBots();

      const killing = kill(options, processes, print);
      const cutting = cut(options, watchers, killing.isOver);
      await killing.done;
      await cutting;
      await waitUntil(async () => (await logged()) >= options.events, 300_000);
      for (const account of accounts) await account.stopBots();
      await waitUntil(async () => {
        const before = await logged();
        await pause(1_500);
        return (await logged()) === before;
      }, patienceMs);

      const expected = new Map<Account, string[]>();
      for (const [index, account] of accounts.entries())
        expected.set(account, await namesInLog(log, userIds[index], start.get(userIds[index]) ?? 0));
      const isComplete = (watcher: Watcher, index: number): boolean =>
        watcher.received.length >= (expected.get(owners[index])?.length ?? 0);
      await waitUntil(() => watchers.every(isComplete), patienceMs).catch(() => undefined);
      // What comes twice may still be on its way.
      await pause(500);
      const found = watchers.map((watcher, index) => differences(expected.get(owners[index]) ?? [], watcher));
      return {
        events: [...expected.values()].reduce((sum, names) => sum + names.length, 0),
        delivered: watchers.reduce((sum, { received }) => sum + received.length, 0),
        reconnects: watchers.reduce((sum, { connections }) => sum + connections - 1, 0),
        lost: found.reduce((sum, { lost }) => sum + lost, 0),
        duplicated: found.reduce((sum, { duplicated }) => sum + duplicated, 0),
        outOfOrder: found.reduce((sum, { outOfOrder }) => sum + outOfOrder, 0),
        troubles: watchers.flatMap(({ failure, resets }, index) => [
          ...(failure === undefined
            ? []
            : [`client ${index}: ${failure instanceof Error ? failure.message : JSON.stringify(failure)}`]),
          ...(resets > 0 ? [`client ${index}: ${resets} resets`] : []),
        ]),
      };
    } finally {
      await database.close();
    }
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.end()));
    await Promise.all(processes.map((server) => server.kill()));
  }
}

/** Kills one process after the other, and starts each again. */
function kill(
  { kills, random }: ChaosOptions,
  processes: readonly ServerProcess[],
  print: (line: string) => void,
): { readonly done: Promise<void>; readonly isOver: () => boolean } {
  let isOver = false;
  const run = async (): Promise<void> => {
    for (let count = 1; count <= kills; count++) {
      await pause(500 + random() * 1_500);
      const victim = processes[Math.floor(random() * processes.length)];
      await victim.kill();
      await pause(random() * 500);
      await victim.start();
      print(`kill ${count} of ${kills}: ${victim.name}`);
    }
  };
  const done = run().finally(() => (isOver = true));
  return { done, isOver: () => isOver };
}

/** Cuts connections, spread over the time that the kills take. */
async function cut({ cuts, kills, random }: ChaosOptions, watchers: readonly Watcher[], isOver: () => boolean): Promise<void> {
  const everyMs = Math.max(5, (kills * 4_000) / Math.max(1, cuts));
  for (let count = 0; count < cuts; count++) {
    watchers[Math.floor(random() * watchers.length)].cut();
    await pause(isOver() ? 5 : everyMs * random() * 2);
  }
}

async function waitUntil(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain`);
    await pause(100);
  }
}
