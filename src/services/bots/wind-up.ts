import { Order } from '../../entities/trading/Order.ts';
import { BotStatus, moveBot } from '../../trading/bot.ts';
import { OrderLeg } from '../../trading/session.ts';
import { DomainError } from '../errors.ts';
import type { OrderPlanner } from './order-planner.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import { storedSession } from './session-store.ts';
import type { WorkingOrders } from './working-orders.ts';

export interface WindUpParts {
  readonly parts: RunnerParts;
  readonly planner: OrderPlanner;
  readonly orders: WorkingOrders;
  readonly bot: Planned & { readonly lastPrice: number };
}

/** How often a way out that is refused each time is tried before a person has to look. */
const mostTries = 30;

/**
 * A bot's way to STOPPED: no entry any more, the position closed if that was asked for, then the end. An exit that is refused is tried again after a while,
 * not at once: whoever refuses it would be asked as fast as the program can.
 */
export class WindUp {
  readonly #parts: WindUpParts;
  /** Exits since something was last filled. */
  #tries = 0;
  /** When the last one was made, as the timers count. */
  #triedAt = -Infinity;

  constructor(parts: WindUpParts) {
    this.#parts = parts;
  }

  /** Something of the position was sold: the way out is open. */
  filled(): void {
    this.#tries = 0;
    this.#triedAt = -Infinity;
  }

  /**
   * Takes the next step, once what came of the last one is known.
   * @returns whether the bot has STOPPED
   * @throws DomainError EXCHANGE_REJECTED when the position cannot be closed; the message is for the bot's owner
   */
  async step(tx: RunnerTransaction): Promise<boolean> {
    const { planner, orders, bot } = this.#parts;
    await planner.dropWaiting(tx);
    const { position, pending } = bot.session;
    const { closeOnStop = false, closeReason: reason = 'MANUAL' } = storedSession(tx.state);
    const isUrgent = reason === 'RISK_LIMIT';
    if (pending !== null) {
      if (pending.leg === OrderLeg.ENTRY) planner.cancelPending(isUrgent);
      return false;
    }
    // The position is gone, but not yet the order that closed it: its end is still to be written down.
    if (orders.pending !== undefined) return false;
    if (orders.byHand.size > 0) {
      planner.cancelByHand({ isUrgent });
      return false;
    }
    if (closeOnStop && position.side !== 0) {
      if (await this.#isTurn(tx))
        await bot.apply(tx, bot.session.handle({ type: 'CLOSE_POSITION', reason, price: bot.lastPrice }));
      return false;
    }
    tx.state.status = moveBot(tx.state.status, BotStatus.STOPPED);
    tx.state.leaseOwner = null;
    tx.state.leaseExpiresAt = null;
    return true;
  }

  /** Whether an exit is tried now. */
  async #isTurn(tx: RunnerTransaction): Promise<boolean> {
    const { timers, lookUpEveryMs, bot } = this.#parts.parts;
    const now = timers.elapsed();
    if (now - this.#triedAt < lookUpEveryMs) return false;
    if (this.#tries === mostTries)
      throw new DomainError(
        'EXCHANGE_REJECTED',
        `bot "${bot.name}" was to close its position and stop, but its exit was refused ${mostTries} times, the last time because ${await this.#whyNot(tx)}`,
      );
    this.#tries += 1;
    this.#triedAt = now;
    return true;
  }

  async #whyNot({ em }: RunnerTransaction): Promise<string> {
    const { planner, parts } = this.#parts;
    if (planner.lastRefusals.length > 0) return planner.lastRefusals.map(({ message }) => message).join('; ');
    const exit = { bot: parts.bot.id, reduceOnly: true, rejectReason: { $ne: null } };
    const order = await em.findOne(Order, exit, { orderBy: { createdAt: 'desc', id: 'desc' } });
    return order?.rejectReason ?? 'nothing was left that could be sold';
  }
}
