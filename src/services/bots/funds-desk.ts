import { FundsTransfer, FundsTransferStatus } from '../../entities/trading/FundsTransfer.ts';
import { fundsRefusal } from '../../trading/funds.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import type { RiskRefusal } from '../../trading/risk.ts';
import type { EntityManager } from '../database/database.ts';
import type { FundingWallet } from '../exchanges/port/funding-wallet.ts';
import { standardDeadlineMs } from '../orders/outcome.ts';
import { Waiting } from '../orders/waiting.ts';
import { pause } from '../timers.ts';
import { transferText } from './funds-ledger.ts';
import { FundsTransfers } from './funds-transfers.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import { blockedText, decideTransfer } from './transfer-decision.ts';

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

const zero = new Decimal(0);
/** How often the wallet is looked at until what was brought is free in it. */
const mostLooks = 3;

/**
 * Brings what an entry lacks from the funding wallet of the account into the one that it trades from: written down first, asked for once, and where the
 * answer is lost, looked for. While the fate of one is open the bot brings nothing more; of one whose fate cannot be told, not before
 * the next UTC day. Nothing is ever moved the other way.
 */
export class FundsDesk {
  readonly #parts: FundsDeskParts;
  readonly #waiting: Waiting;
  readonly #transfers: FundsTransfers;

  constructor(own: FundsDeskParts) {
    this.#parts = own;
    const { parts, wallet, transact } = own;
    this.#waiting = new Waiting(standardDeadlineMs, parts.timers);
    this.#transfers = new FundsTransfers({ parts, wallet, transact, waiting: this.#waiting });
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
    const { parts, transact, mayEnter } = this.#parts;
    const startedAt = parts.timers.elapsed();
    const decided = await transact(async (tx) => {
      return (await mayEnter(tx.em)) ? decideTransfer(tx, parts, cost.need, free) : undefined;
    });
    if (decided === undefined) return undefined;
    if ('refusal' in decided) return decided.refusal;
    const { transfer } = decided;
    const fate = await this.#transfers.send(transfer, startedAt);
    if (fate !== FundsTransferStatus.DONE && fate !== 'PENDING') return this.#notBrought(transfer, cost.need);
    return this.#arrived(transfer, cost);
  }

  /** A halt needs the bot: what waits for an answer is of open fate from here on. */
  stopWaiting(): void {
    this.#waiting.giveUp();
  }

  /** Looks for those whose fate is open. A failure is no matter, it is tried again. */
  resolveOpen(): Promise<void> {
    return this.#transfers.resolveOpen();
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
}
