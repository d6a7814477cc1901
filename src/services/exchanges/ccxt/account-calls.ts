import { DomainError } from '../../errors.ts';
import type { OrderRequest } from '../port/orders.ts';
import type { AccountClients } from './account-clients.ts';
import { withDeadline } from './calls.ts';
import type { CcxtClient } from './client.ts';
import { classify, domainErrorOf } from './failures.ts';

/** How an account asks its exchange: no longer than a deadline, with the right time, and errors come back as DomainErrors. */
export class AccountCalls {
  private readonly clients: AccountClients;
  private readonly deadlineMs: number;
  private readonly onTrouble: (error: unknown) => void;

  constructor(clients: AccountClients, deadlineMs: number, onTrouble: (error: unknown) => void) {
    this.clients = clients;
    this.deadlineMs = deadlineMs;
    this.onTrouble = onTrouble;
  }

  /** @param request the order that is placed with it, if one is */
  async once<T>(what: string, work: () => Promise<T>, request?: OrderRequest): Promise<T> {
    const { profile, time, rules, polls } = this.clients;
    try {
      return await withDeadline(`${what} at ${profile.id}`, this.deadlineMs, work);
    } catch (error) {
      const { kind, message } = classify(error);
      // An order is not sent again here, but the next call shall carry the right time.
      if (kind === 'CLOCK') void time.measure(polls).catch(this.onTrouble);
      // The rules allowed what was refused: they may have changed.
      if (kind === 'REJECTED' && request) void rules.refreshIfSuspicious().catch(this.onTrouble);
      if (kind === 'INSUFFICIENT_FUNDS' && request?.reduceOnly)
        throw new DomainError('EXCHANGE_REJECTED', `there is nothing free in ${request.symbol} to reduce: ${message}`, {
          details: { clientOrderId: request.clientOrderId, kind },
        });
      throw domainErrorOf(error, `${profile.id}, ${what}`);
    }
  }

  /** For what may be asked twice. */
  again<T>(what: string, work: () => Promise<T>, client = this.clients.polls): Promise<T> {
    return this.once(what, () => this.inTime(work, client));
  }

  /** Asks again with the right time when the exchange finds ours wrong: it has refused the first request unread. */
  async inTime<T>(work: () => Promise<T>, client: CcxtClient): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (classify(error).kind !== 'CLOCK') throw error;
      await this.clients.time.measure(client);
      return work();
    }
  }
}
