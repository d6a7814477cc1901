import { withDeadline } from './calls.ts';
import type { CcxtClient } from './client.ts';

const deadlineMs = 5_000;
const measureEveryMs = 600_000;

/**
 * The exchange's clock as seen from here. It runs on the machine's monotonic clock, so that setting our own clock does not move it, and is measured
 * again every ten minutes and whenever the exchange finds our time wrong. Without a measurement our own clock counts.
 */
export class ServerTime {
  private readonly clients: CcxtClient[] = [];
  /** The exchange's time when the monotonic clock was zero. */
  private zero = Date.now() - performance.now();
  private uncertaintyMs = 0;
  private timer: NodeJS.Timeout | undefined;

  /** A client whose signed requests are to carry the exchange's time. */
  add(client: CcxtClient): void {
    this.clients.push(client);
  }

  /** Milliseconds UTC. */
  now(): number {
    return Math.round(this.zero + performance.now());
  }

  /** A moment that has surely passed at the exchange: the way of its answer may have been anything up to the whole time that it took. */
  past(): number {
    return this.now() - this.uncertaintyMs;
  }

  /** Asks the exchange for its time; the answer is taken to be half way between asking and hearing. */
  async measure(client: CcxtClient): Promise<void> {
    if (!client.has.fetchTime) return;
    const asked = performance.now();
    const theirs = await withDeadline(`the time of ${client.id}`, deadlineMs, () => client.fetchTime());
    if (theirs === undefined) return;
    const heard = performance.now();
    this.zero = theirs - (asked + heard) / 2;
    this.uncertaintyMs = Math.ceil((heard - asked) / 2);
    for (const each of this.clients) each.options.timeDifference = Date.now() - this.now();
  }

  /** Measures now and from time to time. */
  async keep(client: CcxtClient, onTrouble: (error: unknown) => void): Promise<void> {
    await this.measure(client);
    this.timer = setInterval(() => void this.measure(client).catch(onTrouble), measureEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
