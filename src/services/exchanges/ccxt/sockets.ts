import { setTimeout as sleep } from 'node:timers/promises';
import type { CcxtClient, CcxtSocket } from './client.ts';

/** A peer that does not answer a farewell is not waited for any longer. */
const farewellMs = 1_000;

/**
 * Keeps ccxt's own promises from ending the process: when signing in to a stream fails it rejects one that nobody waits for. Whoever does wait
 * for one is told of its failure all the same.
 */
export function guardSockets(client: CcxtClient): void {
  const guarded = new WeakSet<CcxtSocket>();
  const socketAt = client.client.bind(client);
  client.client = (url) => {
    const socket = socketAt(url);
    if (guarded.has(socket)) return socket;
    guarded.add(socket);
    const future = socket.future.bind(socket);
    socket.future = (hash) => {
      const promise = future(hash);
      promise.catch(() => undefined);
      return promise;
    };
    return socket;
  };
}

/** Closes a client's streams, at once if need be. */
export async function closeStreams(client: CcxtClient): Promise<void> {
  const sockets = Object.values(client.clients);
  const ending = new AbortController();
  const tooLong = sleep(farewellMs, undefined, { signal: ending.signal }).catch(() => undefined);
  try {
    await Promise.race([client.close(), tooLong]);
  } finally {
    ending.abort();
    for (const { connection } of sockets) connection?.terminate?.();
  }
}
