import { withDeadline } from './calls.ts';
import type { CcxtClient } from './client.ts';

/** The exchange's clock as seen from here: ours plus an offset that is measured, and measured again when the exchange finds our clock wrong. */
export class ServerTime {
  private readonly deadlineMs: number;
  private readonly clients: CcxtClient[] = [];
  private offset = 0;

  constructor(deadlineMs: number) {
    this.deadlineMs = deadlineMs;
  }

  /** A client whose signed requests are to carry the exchange's time. */
  add(client: CcxtClient): void {
    this.clients.push(client);
    client.options.timeDifference = -this.offset;
  }

  /** Milliseconds UTC. */
  now(): number {
    return Date.now() + this.offset;
  }

  /** Asks the exchange for its time; the answer is taken to be half way between asking and hearing. Without such a call our own clock counts. */
  async measure(client: CcxtClient): Promise<void> {
    if (!client.has.fetchTime) return;
    const asked = Date.now();
    const theirs = await withDeadline(`the time of ${client.id}`, this.deadlineMs, () => client.fetchTime());
    if (theirs === undefined) return;
    this.offset = Math.round(theirs - (asked + Date.now()) / 2);
    for (const each of this.clients) each.options.timeDifference = -this.offset;
  }
}
