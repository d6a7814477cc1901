import { FundsTransfer, FundsTransferStatus } from '../../entities/trading/FundsTransfer.ts';
import { logLine } from '../events/log-line.ts';
import type { FundingWallet, TransferReport, TransferRequest } from '../exchanges/port/funding-wallet.ts';
import { outcomeOf } from '../orders/outcome.ts';
import type { Waiting } from '../orders/waiting.ts';
import { endTransfer, noteTransfer, openTransfers, transferText } from './funds-ledger.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

export interface FundsTransfersParts {
  readonly parts: RunnerParts;
  readonly wallet: FundingWallet;
  readonly waiting: Waiting;
  readonly transact: <T>(work: (tx: RunnerTransaction) => Promise<T>) => Promise<T>;
}

/** What has become of a transfer; PENDING when the exchange has taken it and not carried it out yet. */
type TransferFate = FundsTransferStatus | 'PENDING';

/** As with orders: a transfer leaves so soon after it was written down or never, ms. */
const sendWithinMs = 5_000;
/** A transfer counts as absent after so many answered look-ups that did not find it, the last one so long after it was sent: a request that comes later than a few seconds is refused, and records may be a little behind. */
const missesForAbsence = 3;
const absenceAfterMs = 120_000;

/** Asks for transfers that are written down, each once, and finds out what became of them: where the answer is lost, they are looked for. */
export class FundsTransfers {
  readonly #parts: FundsTransfersParts;
  /** Some transfer's fate may be open. */
  #isUnsure = true;

  constructor(parts: FundsTransfersParts) {
    this.#parts = parts;
  }

  /** @param startedAt when deciding it began, as the timers count */
  async send(transfer: FundsTransfer, startedAt: number): Promise<TransferFate> {
    this.#isUnsure = true;
    // Nothing may be awaited between this look and sending: a process that stood still must not act on what it knew before.
    const leftMs = sendWithinMs - (this.#parts.parts.timers.elapsed() - startedAt);
    if (leftMs < 0)
      return this.#end(transfer, FundsTransferStatus.REFUSED, {
        reason: `it was not sent: the program stood still for more than ${sendWithinMs / 1000} s before it could be`,
      });
    const { exchange, context, logger } = this.#parts.parts;
    try {
      const asked = this.#parts.wallet.bring({ ...requestOf(transfer), sendWithinMs: leftMs });
      return await this.#take(transfer, await this.#parts.waiting.inTime(asked, `a transfer at ${exchange.name}`));
    } catch (error) {
      const outcome = outcomeOf(error);
      const { reason } = outcome;
      logger.warn({ bot: context.botId, transfer: transfer.id, outcome: outcome.kind, reason }, 'a transfer was not carried out');
      if (outcome.kind === 'REJECTED') return this.#end(transfer, FundsTransferStatus.REFUSED, { reason });
      await this.#parts.transact(async (tx) => noteTransfer(tx, await this.#rowOf(tx, transfer), { reason }));
      // What overtook it shall not wait for look-ups either.
      if (outcome.isOvertaken) return FundsTransferStatus.SENT;
      return this.#resolve(transfer);
    }
  }

  /** Looks for those whose fate is open. A failure is no matter, it is tried again. */
  async resolveOpen(): Promise<void> {
    if (!this.#isUnsure) return;
    const { database, context } = this.#parts.parts;
    const open = await database.forUser(context.userId).find(FundsTransfer, openTransfers(context));
    this.#isUnsure = open.length > 0;
    for (const transfer of open) await this.#resolve(transfer);
  }

  /** Takes the exchange's word for what became of it. */
  async #take(transfer: FundsTransfer, report: TransferReport): Promise<TransferFate> {
    const { exchange } = this.#parts.parts;
    if (report.status === 'DONE') return this.#end(transfer, FundsTransferStatus.DONE, { report });
    if (report.status === 'FAILED')
      return this.#end(transfer, FundsTransferStatus.REFUSED, { report, reason: `${exchange.name} has not carried it out` });
    const reason = `${exchange.name} has taken it, and not carried it out yet`;
    await this.#parts.transact(async (tx) => {
      const row = await this.#rowOf(tx, transfer);
      if (row.reason !== reason) await noteTransfer(tx, row, { reason, report });
    });
    return 'PENDING';
  }

  /** Looks for one whose fate is open. @returns what it has become */
  async #resolve(transfer: FundsTransfer): Promise<TransferFate> {
    const { exchange, context, logger } = this.#parts.parts;
    let found: readonly TransferReport[];
    try {
      const asked = this.#parts.wallet.find(requestOf(transfer), transfer.sentAt.getTime());
      found = await this.#parts.waiting.inTime(asked, `looking for a transfer at ${exchange.name}`);
    } catch (error) {
      logger.warn({ bot: context.botId, transfer: transfer.id, err: error }, 'looking for a transfer failed; it is tried again');
      return FundsTransferStatus.SENT;
    }
    const known = transfer.exchangeTransferId;
    const own = known === null ? await this.#unclaimed(found) : found.filter((report) => report.exchangeTransferId === known);
    if (own.length === 1) return this.#take(transfer, own[0]);
    if (own.length === 0) return this.#missed(transfer);
    return this.#end(transfer, FundsTransferStatus.UNKNOWN, {
      reason: `its answer was lost, and ${exchange.name} knows ${own.length} transfers of this amount at that time: look there which of them you made yourself`,
    });
  }

  /** Those that do not belong to a transfer that is known already. */
  async #unclaimed(found: readonly TransferReport[]): Promise<readonly TransferReport[]> {
    const { database, context } = this.#parts.parts;
    const claimed = await database.forUser(context.userId).find(FundsTransfer, {
      exchange: context.exchangeId,
      account: context.account,
      exchangeTransferId: { $in: found.map(({ exchangeTransferId }) => exchangeTransferId) },
    });
    const taken = new Set(claimed.map(({ exchangeTransferId }) => exchangeTransferId));
    return found.filter(({ exchangeTransferId }) => !taken.has(exchangeTransferId));
  }

  async #missed(transfer: FundsTransfer): Promise<FundsTransferStatus> {
    const { exchange } = this.#parts.parts;
    const now = exchange.now();
    const isAbsent = await this.#parts.transact(async (tx) => {
      const row = await this.#rowOf(tx, transfer);
      row.lookupMisses += 1;
      return row.lookupMisses >= missesForAbsence && now - row.sentAt.getTime() >= absenceAfterMs;
    });
    if (!isAbsent) return FundsTransferStatus.SENT;
    const seconds = Math.round((now - transfer.sentAt.getTime()) / 1_000);
    const reason = `${exchange.name} does not know it ${seconds} s after it was sent: it has never arrived`;
    return this.#end(transfer, FundsTransferStatus.ABSENT, { reason });
  }

  async #end(
    transfer: FundsTransfer,
    status: FundsTransferStatus,
    how: { readonly reason?: string; readonly report?: TransferReport },
  ): Promise<FundsTransferStatus> {
    const { bot, context, clock, exchange } = this.#parts.parts;
    await this.#parts.transact(async (tx) => {
      const row = await this.#rowOf(tx, transfer);
      await endTransfer(tx, row, { status, at: new Date(exchange.now()), ...how });
      const isDone = status === FundsTransferStatus.DONE;
      const level = isDone ? 'INFO' : status === FundsTransferStatus.UNKNOWN ? 'ERROR' : 'WARN';
      const what = isDone
        ? `brought ${transferText(row)} from the funding wallet into the one that it trades from`
        : `could not bring ${transferText(row)} from the funding wallet: ${how.reason ?? status}`;
      tx.events.push(logLine(context.userId, level, `bot "${bot.name}" ${what}`, { botId: bot.id }, clock.now()));
    });
    return status;
  }

  #rowOf({ em }: RunnerTransaction, { id }: FundsTransfer): Promise<FundsTransfer> {
    return em.findOneOrFail(FundsTransfer, { id });
  }
}

function requestOf({ id, asset, amount }: FundsTransfer): TransferRequest {
  return { id, asset, amount };
}
