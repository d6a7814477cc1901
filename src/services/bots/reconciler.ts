import { LockMode } from '@mikro-orm/core';
import {
  DifferenceAction,
  DifferenceKind,
  ReconciliationOutcome,
  ReconciliationTrigger,
  type StoredDifference,
  type StoredPicture,
} from '../../entities/operations/ReconciliationRun.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Order } from '../../entities/trading/Order.ts';
import { Trade } from '../../entities/trading/Trade.ts';
import { canonical, Decimal } from '../../trading/money.ts';
import { OrderStatus } from '../../trading/order.ts';
import type { EntityManager } from '../database/database.ts';
import { newId } from '../ids.ts';
import { clientOrderIdPrefix } from '../orders/client-order-id.ts';
import { OvertakenError, standardDeadlineMs } from '../orders/outcome.ts';
import { Waiting } from '../orders/waiting.ts';
import { accountingDifferences, type Ledger, ledgerOf } from '../reconciliation/accounting.ts';
import { ReconciliationError } from '../reconciliation/reconciliation-error.ts';
import { writeRun } from '../reconciliation/run-record.ts';
import { checkBalance } from './balance-check.ts';
import type { Books } from './books.ts';
import { isTaken, LeaseLostError } from './lease.ts';
import type { RunnerParts } from './runner-parts.ts';

/** How far apart a running bot's books are looked at, in milliseconds. */
const everyMs = 5 * 60_000;
const zero = new Decimal(0);

/** The ledger at one moment. */
interface Moment {
  readonly orders: readonly Order[];
  readonly position: Decimal;
  /** How often the runner had written until then. */
  readonly written: number;
}

interface Begun {
  readonly id: string;
  readonly startedAt: Date;
  readonly trigger: ReconciliationTrigger;
  readonly before: Moment;
}

/**
 * Makes each comparison of one bot's ledger with its exchange an object that its owner can read: what the ledger expected, what was found, what was
 * done. The bot's books are checked against themselves, too. It writes under the runner's lease, apart from the session's state.
 */
export class Reconciler {
  readonly #parts: RunnerParts;
  readonly #books: Books;
  readonly #waiting: Waiting;
  #lookedAt: number;
  /** What did not agree at the last look: news may have been under way. The second time in a row it counts. */
  #doubt: ReconciliationError | undefined;

  constructor(parts: RunnerParts, books: Books) {
    this.#parts = parts;
    this.#books = books;
    this.#waiting = new Waiting(standardDeadlineMs, parts.timers);
    this.#lookedAt = parts.timers.elapsed();
  }

  /**
   * Runs recovery, and writes down what it found.
   * @param recover brings ledger and exchange together; answers what the account holds, if it asked
   * @throws what `recover` throws; ReconciliationError when the books do not add up afterwards
   */
  async recovering(trigger: ReconciliationTrigger, recover: () => Promise<Decimal | null>): Promise<void> {
    const begun = await this.#begin(trigger);
    let failure: ReconciliationError | undefined;
    try {
      failure = await this.#finish(begun, await recover());
    } catch (error) {
      throw await this.#broken(begun, error);
    }
    this.#lookedAt = this.#parts.timers.elapsed();
    if (failure) throw failure;
  }

  /**
   * Something halts the bot and needs it now: what is only looked at is left for another time. Recovery waits for the balance all the same, because
   * nothing may be sold before it is known what is held.
   */
  stopWaiting(): void {
    this.#waiting.giveUp();
  }

  /**
   * Looks at a running bot's books when it is time.
   * @param sweep books what the exchange has and the ledger has not
   * @throws ReconciliationError when something does not agree that nobody here may decide about
   */
  async look(sweep: () => Promise<void>): Promise<void> {
    const { timers, logger, bot } = this.#parts;
    const now = timers.elapsed();
    if (now - this.#lookedAt < everyMs && !this.#doubt) return;
    this.#lookedAt = now;
    const begun = await this.#begin(ReconciliationTrigger.PERIODIC);
    let balance: Decimal | null = null;
    try {
      await sweep();
      balance = await this.#waiting.inTime(
        checkBalance(this.#parts, this.#books),
        `the balances at ${this.#parts.exchange.name}`,
      );
      this.#doubt = undefined;
    } catch (error) {
      if (error instanceof ReconciliationError) {
        if (!this.#doubt) {
          this.#doubt = error;
          return;
        }
        throw await this.#broken(begun, error);
      }
      if (isTaken(error)) throw error;
      if (error instanceof OvertakenError) return;
      logger.warn({ err: error, bot: bot.id }, 'the account could not be compared with the ledger; it is tried again');
    }
    const failure = await this.#finish(begun, balance);
    if (failure) throw failure;
  }

  async #begin(trigger: ReconciliationTrigger): Promise<Begun> {
    const { written } = this.#books;
    const before = {
      written,
      orders: await this.#books.openOrders(),
      position: (await this.#books.position())?.quantity ?? zero,
    };
    return { id: newId(), startedAt: this.#parts.clock.now(), trigger, before };
  }

  /** @returns why the bot must not trade, when its books do not add up */
  async #finish(begun: Begun, balance: Decimal | null): Promise<ReconciliationError | undefined> {
    const { bot, context } = this.#parts;
    const foreign = await this.#foreignOrders();
    return this.#fenced(async (em) => {
      const ledger = await ledgerOf(em, bot.id);
      const wrong = await accountingDifferences(em, ledger, context.baseAsset);
      const differences = [...foreign, ...(await this.#changes(em, begun)), ...wrong];
      const failure = wrong.length === 0 ? undefined : booksError(bot.name, wrong);
      const isRepaired = differences.some(({ action }) => action !== DifferenceAction.LEFT_ALONE);
      await this.#write(em, begun, {
        outcome: failure
          ? ReconciliationOutcome.FAILED
          : isRepaired
            ? ReconciliationOutcome.REPAIRED
            : ReconciliationOutcome.MATCHED,
        found: pictureOf(ledger.working, openIn(ledger, bot.symbol), balance),
        differences,
        message: failure?.message ?? null,
      });
      return failure;
    });
  }

  /** What became of the orders that were open, and what was booked since. */
  async #changes(em: EntityManager, { id, before }: Begun): Promise<StoredDifference[]> {
    // Nobody else writes under this lease.
    if (before.written === this.#books.written) return [];
    const { bot } = this.#parts;
    const ids = before.orders.map((order) => order.id);
    const now = new Map((ids.length === 0 ? [] : await em.find(Order, { id: { $in: ids } })).map((order) => [order.id, order]));
    // Ids sort by the time of their making, and nobody else writes this bot's trades.
    const adopted = await em.find(Order, { bot: bot.id, id: { $gt: id }, fencingToken: null });
    const booked = await em.find(Trade, { bot: bot.id, id: { $gt: id } }, { orderBy: { executedAt: 'asc', id: 'asc' } });
    return [
      ...before.orders.flatMap((order): StoredDifference[] => {
        const found = now.get(order.id);
        if (!found || found.status === order.status) return [];
        const isGivenUp = found.status === OrderStatus.ABANDONED || found.status === OrderStatus.ABSENT;
        return [
          {
            kind: DifferenceKind.ORDER,
            subject: order.clientOrderId,
            expected: stateText(order),
            found: stateText(found),
            action: isGivenUp ? DifferenceAction.ABANDONED : DifferenceAction.ADOPTED,
          },
        ];
      }),
      ...adopted.map((order): StoredDifference => ({
        kind: DifferenceKind.ORDER,
        subject: order.clientOrderId,
        expected: 'nothing',
        found: stateText(order),
        action: DifferenceAction.ADOPTED,
      })),
      ...booked.map((trade): StoredDifference => ({
        kind: DifferenceKind.FILL,
        subject: trade.exchangeTradeId,
        expected: 'nothing',
        found: `${trade.side} ${canonical(trade.amount)} at ${canonical(trade.price)}`,
        action: DifferenceAction.BOOKED,
      })),
    ];
  }

  /** Open orders of others on a real account: told, never touched. */
  async #foreignOrders(): Promise<StoredDifference[]> {
    const { context, exchange, logger, bot } = this.#parts;
    if (context.isPaper) return [];
    try {
      const what = `the open orders at ${exchange.name}`;
      const open = await this.#waiting.inTime(exchange.openOrders(context.symbol), what);
      return open
        .filter(({ clientOrderId }) => !clientOrderId.startsWith(clientOrderIdPrefix))
        .map((order) => ({
          kind: DifferenceKind.FOREIGN_ORDER,
          subject: order.clientOrderId || order.exchangeOrderId,
          expected: 'nothing',
          found: `${order.side} ${canonical(order.amount)}, ${canonical(order.filledAmount)} of it filled`,
          action: DifferenceAction.LEFT_ALONE,
        }));
    } catch (error) {
      logger.warn({ err: error, bot: bot.id }, 'the open orders of others could not be asked for');
      return [];
    }
  }

  /**
   * Recovery did not come to its end: the reason is kept, unless the bot is simply somebody else's now.
   * @returns the reason; books that do not add up by themselves explain more than that they differ from the exchange
   */
  async #broken(begun: Begun, error: unknown): Promise<unknown> {
    if (isTaken(error)) return error;
    const { bot, context, logger } = this.#parts;
    try {
      return await this.#fenced(async (em) => {
        const changes = await this.#changes(em, begun);
        const isDecided = error instanceof ReconciliationError;
        const wrong = isDecided ? await accountingDifferences(em, await ledgerOf(em, bot.id), context.baseAsset) : [];
        const reason = wrong.length === 0 ? error : booksError(bot.name, wrong);
        await this.#write(em, begun, {
          outcome: isDecided ? ReconciliationOutcome.FAILED : ReconciliationOutcome.INCOMPLETE,
          found: null,
          differences: [...changes, ...wrong, ...(isDecided ? error.differences : [])],
          message: reason instanceof Error ? reason.message : String(reason),
        });
        return reason;
      });
    } catch (cause) {
      logger.error({ err: cause, bot: bot.id }, 'a failed reconciliation could not be written down');
      return error;
    }
  }

  #write(
    em: EntityManager,
    { id, startedAt, trigger, before }: Begun,
    result: Pick<Parameters<typeof writeRun>[1], 'outcome' | 'found' | 'differences' | 'message'>,
  ): Promise<void> {
    const { clock, context, lease } = this.#parts;
    const { userId, botId } = context;
    const expected = pictureOf(before.orders, before.position, null);
    const finishedAt = clock.now();
    return writeRun(em, { id, userId, botId, trigger, startedAt, finishedAt, expected, fencingToken: lease.token, ...result });
  }

  #fenced<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    const { database, context, lease } = this.#parts;
    return database.transaction(
      async (em) => {
        const state = await em.findOneOrFail(BotState, { bot: lease.botId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
        if (state.leaseToken !== lease.token) throw new LeaseLostError(lease.botId);
        return work(em);
      },
      { userId: context.userId },
    );
  }
}

function openIn({ positions }: Ledger, symbol: string): Decimal {
  return positions.find((position) => position.isOpen && position.symbol === symbol)?.quantity ?? zero;
}

function pictureOf(openOrders: readonly Order[], position: Decimal, balance: Decimal | null): StoredPicture {
  return {
    openOrders: openOrders.length,
    position: canonical(position),
    balance: balance === null ? null : canonical(balance),
  };
}

function stateText({ status, filledAmount }: Order): string {
  return `${status}, ${canonical(filledAmount)} filled`;
}

function booksError(name: string, [first, ...more]: readonly StoredDifference[]): ReconciliationError {
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return new ReconciliationError(
    `the books of bot "${name}" do not add up: ${first.subject} is ${first.expected} in the ledger, but ${first.found} by its trades${others}: ` +
      'restore a backup in which they agree, or delete the bot and make a new one; its orders and trades stay',
    [first, ...more],
  );
}
