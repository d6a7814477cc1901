import { setTimeout as sleep } from 'node:timers/promises';
import type { CcxtClient } from './client.ts';

/** A request that was not answered for so long has arrived, or never will. */
const onItsWayMs = 1_000;

/**
 * For exchanges that take each signed request of a key with a greater number than the one before: the clients of the key count together, and
 * a request leaves when the one before it has arrived, because two connections can overtake each other.
 */
export class Nonces {
  private readonly now: () => number;
  private last = 0;
  private before: Promise<unknown> = Promise.resolve();

  /** @param now the exchange's clock, ms UTC. It may tell whole seconds only; together with ours, setting ours back does not make numbers small. */
  constructor(now: () => number) {
    this.now = now;
  }

  /**
   * @param isUrgent its requests leave at once and those that are signed later wait for them; those that were signed before and arrive after them are
   * refused by the exchange, unread
   */
  use(client: CcxtClient, isUrgent = false): void {
    client.nonce = () => (this.last = Math.max(this.last + 1, this.now(), Date.now()));
    const fetch = client.fetch.bind(client);
    // ccxt signs right before it fetches, so requests come here in the order of their numbers.
    client.fetch = (url, ...rest) =>
      url.includes('/private/') ? this.inTurn(() => fetch(url, ...rest), isUrgent) : fetch(url, ...rest);
  }

  private async inTurn<T>(send: () => Promise<T>, isUrgent: boolean): Promise<T> {
    const before = isUrgent ? undefined : this.before;
    let arrive = (): void => undefined;
    this.before = new Promise<void>((resolve) => (arrive = resolve));
    await before;
    const answer = send();
    const ending = new AbortController();
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    const late = sleep(onItsWayMs, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
    void Promise.race([settled, late]).finally(() => {
      ending.abort();
      arrive();
    });
    return answer;
  }
}
