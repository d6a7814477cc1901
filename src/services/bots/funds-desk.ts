import { FundsTransfer, FundsTransferStatus } from '../../entities/trading/FundsTransfer.ts';
import { fundsFor, fundsRefusal } from '../../trading/funds.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import type { RiskRefusal } from '../../trading/risk.ts';
import type { EntityManager } from '../database/database.ts';
import { logLine } from '../events/log-line.ts';
import type { FundingWallet, TransferReport, TransferRequest } from '../exchanges/port.ts';
import { outcomeOf, standardDeadlineMs } from '../orders/outcome.ts';
import { Waiting } from '../orders/waiting.ts';
import { lockPortfolio } from '../risk/lock.ts';
import { pause } from '../timers.ts';
import { endTransfer, noteTransfer, transferText, writeTransfer } from './funds-ledger.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

export interface FundsDeskParts {
  readonly parts: RunnerParts;
  readonly wallet: FundingWallet;
  readonly transact: <T>(work: (tx: RunnerTransaction) => Promise<T>) => Promise<T>;
  /** Whether the bot may enter at all just now. */
  readonly mayEnter: (em: EntityManager) => Promise<boolean>;
  /** Aborted when the runner is given up. */
  readonly signal: AbortSignal;
}

/** An entry that has to be paid for. */
export interface EntryCost {
  /** In the quote asset, its fee included. */
  readonly need: Decimal;
  /** Its moment is over then, ms UTC of the exchange. */
  readonly until: number;
}

type Written = { readonly transfer: FundsTransfer } | { readonly refusal: RiskRefusal } | 'NOT_WANTED';

const dayMs = 86_400_000;
const zero = new Decimal(0);
/** As with orders: a transfer leaves so soon after it was written down or never, ms. */
const sendWithinMs = 5_000;
/** A transfer counts as absent after so many answered look-ups that did not find it, the last one so long after it was sent: a request that comes later than a few seconds is refused, and records may be a little behind. */
const missesForAbsence = 3;
const absenceAfterMs = 120_000;
/** How often the wallet is looked at until what was brought is free in it. */
const mostLooks = 3;
/** The look-ups of two transfers of the same amount could not be told apart so long, ms. */
const alikeMs = 600_000;

/**
 * Brings what an entry lacks from the funding wallet of the account into the one that it trades from: written down first, asked for once, and where the
 * answer is lost, looked for. While the fate of one is open the bot brings nothing more; of one whose fate cannot be told, not before
 * the next UTC day. Nothing is ever moved the other way.
 */
export class FundsDesk {
  readonly #parts: FundsDeskParts;
  readonly #waiting: Waiting;
  /** Some transfer's fate may be open. */
  #isUnsure = true;

  constructor(parts: FundsDeskParts) {
    this.#parts = parts;
    this.#waiting = new Waiting(standardDeadlineMs, parts.parts.timers);
  }

  /** Whether its owner wants the bot to bring anything. */
  get isOn(): boolean {
    return this.#parts.parts.bot.autoTransferFunds;
  }

  /**
   * Sees to it that an entry can be paid for.
   * @returns why it cannot; undefined when it can, when the exchange does not say what is free, and when the bot may not enter anyway: the order
   * then goes the way that it would go without this
   */
  async bring(cost: EntryCost): Promise<RiskRefusal | undefined> {
    const free = await this.#free();
    if (free === undefined || free.gte(cost.need)) return undefined;
    const { timers } = this.#parts.parts;
    const startedAt = timers.elapsed();
    const written = await this.#parts.transact((tx) => this.#write(tx, cost.need, free));
    if (written === 'NOT_WANTED') return undefined;
    if ('refusal' in written) return written.refusal;
    const { transfer } = written;
    // Nothing may be awaited between this look and sending: a process that stood still must not act on what it knew before.
    const leftMs = sendWithinMs - (timers.elapsed() - startedAt);
    const status = await this.#send(transfer, leftMs);
    if (status !== FundsTransferStatus.DONE && status !== 'PENDING') return this.#notBrought(transfer, cost.need);
    return this.#arrived(transfer, cost);
  }

  /** A halt needs the bot: what waits for an answer is of open fate from here on. */
  stopWaiting(): void {
    this.#waiting.giveUp();
  }

  /** Looks for those whose fate is open. A failure is no matter, it is tried again. */
  async resolveOpen(): Promise<void> {
    if (!this.#isUnsure) return;
    const { database, context } = this.#parts.parts;
    const open = await database.forUser(context.userId).find(FundsTransfer, this.#openHere);
    this.#isUnsure = open.length > 0;
    for (const transfer of open) await this.#resolve(transfer);
  }

  get #openHere() {
    const { botId, account } = this.#parts.parts.context;
    return { bot: botId, account, status: FundsTransferStatus.SENT };
  }

  /** What is free of the quote asset; undefined when the exchange does not say. */
  async #free(): Promise<Decimal | undefined> {
    const { exchange, context, logger } = this.#parts.parts;
    try {
      const balances = await this.#waiting.inTime(exchange.balances(), `the balances at ${exchange.name}`);
      return balances.find(({ asset }) => asset === context.quoteAsset)?.free ?? zero;
    } catch (error) {
      logger.warn({ bot: context.botId, err: error }, 'what is free for an entry is not known');
      return undefined;
    }
  }

  /** Decides under the lock of its owner's portfolio, so that two bots of an account do not ask for the same at once. */
  async #write(tx: RunnerTransaction, need: Decimal, free: Decimal): Promise<Written> {
    const { bot, context, database, exchange, lease } = this.#parts.parts;
    const { em } = tx;
    if (!(await this.#parts.mayEnter(em))) return 'NOT_WANTED';
    await lockPortfolio(em, database.dialect, context.userId);
    const now = exchange.now();
    const dayStart = new Date(Math.floor(now / dayMs) * dayMs);
    const today = await em.find(FundsTransfer, { bot: bot.id, sentAt: { $gte: dayStart } });
    const missing = need.sub(free);
    const open =
      today.find(({ status }) => status === FundsTransferStatus.UNKNOWN) ?? (await em.findOne(FundsTransfer, this.#openHere));
    if (open) return { refusal: fundsRefusal(blockedText(bot.name, open), zero, missing) };
    const brought = today.reduce((sum, row) => (row.status === FundsTransferStatus.REFUSED ? sum : sum.add(row.amount)), zero);
    const answer = fundsFor({
      botName: bot.name,
      asset: context.quoteAsset,
      need,
      free,
      fixed: bot.transferAmount,
      brought,
      capital: bot.initialCapital,
    });
    if ('refusal' in answer) return answer;
    const alike = await em.findOne(FundsTransfer, {
      account: context.account,
      asset: context.quoteAsset,
      amount: answer.bring,
      status: FundsTransferStatus.SENT,
      sentAt: { $gte: new Date(now - alikeMs) },
    });
    if (alike)
      return {
        refusal: fundsRefusal(
          `another bot of the account is just bringing ${transferText(alike)}: bot "${bot.name}" would bring as much, and nobody could tell the two apart`,
          zero,
          missing,
        ),
      };
    const at = new Date(now);
    return { transfer: await writeTransfer(tx, context, { amount: answer.bring, fencingToken: lease.token, at }) };
  }

  /** @returns what the transfer has become; PENDING when the exchange has taken it and not carried it out yet */
  async #send(transfer: FundsTransfer, leftMs: number): Promise<FundsTransferStatus | 'PENDING'> {
    this.#isUnsure = true;
    if (leftMs < 0)
      return this.#end(transfer, FundsTransferStatus.REFUSED, {
        reason: `it was not sent: the program stood still for more than ${sendWithinMs / 1000} s before it could be`,
      });
    const { exchange, context, logger } = this.#parts.parts;
    try {
      const asked = this.#parts.wallet.bring({ ...requestOf(transfer), sendWithinMs: leftMs });
      return await this.#take(transfer, await this.#waiting.inTime(asked, `a transfer at ${exchange.name}`));
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

  /** Takes the exchange's word for what became of it. */
  async #take(transfer: FundsTransfer, report: TransferReport): Promise<FundsTransferStatus | 'PENDING'> {
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
  async #resolve(transfer: FundsTransfer): Promise<FundsTransferStatus | 'PENDING'> {
    const { exchange, context, logger } = this.#parts.parts;
    let found: readonly TransferReport[];
    try {
      const asked = this.#parts.wallet.find(requestOf(transfer), transfer.sentAt.getTime());
      found = await this.#waiting.inTime(asked, `looking for a transfer at ${exchange.name}`);
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

  /** Why what an entry lacks has not come. */
  async #notBrought(transfer: FundsTransfer, need: Decimal): Promise<RiskRefusal> {
    const { database, bot, context } = this.#parts.parts;
    const row = await database.forUser(context.userId).findOneOrFail(FundsTransfer, { id: transfer.id });
    return fundsRefusal(blockedText(bot.name, row), zero, need);
  }

  /** Waits until what was brought is free, not longer than the entry's moment lasts. */
  async #arrived(transfer: FundsTransfer, { need, until }: EntryCost): Promise<RiskRefusal | undefined> {
    const { bot, exchange, context, lookUpEveryMs, timers } = this.#parts.parts;
    for (let looks = 1; ; looks++) {
      const free = await this.#free();
      const isThere = free?.gte(need) ?? false;
      if (isThere && exchange.now() < until) return undefined;
      if (isThere || looks === mostLooks || exchange.now() >= until)
        return fundsRefusal(
          `bot "${bot.name}" has asked for ${transferText(transfer)}, which came too late for its entry: of ${canonical(need)} ${context.quoteAsset} ` +
            `${free === undefined ? 'an unknown part' : canonical(free)} is free`,
          free ?? zero,
          need,
        );
      try {
        await this.#waiting.inTime(pause(timers, lookUpEveryMs, this.#parts.signal), 'what was brought');
      } catch {
        until = Math.min(until, exchange.now());
      }
    }
  }

  #rowOf({ em }: RunnerTransaction, { id }: FundsTransfer): Promise<FundsTransfer> {
    return em.findOneOrFail(FundsTransfer, { id });
  }
}

function requestOf({ id, asset, amount }: FundsTransfer): TransferRequest {
  return { id, asset, amount };
}

function blockedText(botName: string, transfer: FundsTransfer): string {
  const { status, reason } = transfer;
  const what = `bot "${botName}" lacks funds for its entry, and its transfer of ${transferText(transfer)}`;
  if (status === FundsTransferStatus.SENT)
    return `${what} is still being looked for: ${reason ?? 'it has not been answered yet'}`;
  if (status === FundsTransferStatus.UNKNOWN)
    return `${what} cannot be told apart from others, so it brings no more today: ${reason}`;
  return `${what} was not carried out: ${reason ?? status}`;
}
