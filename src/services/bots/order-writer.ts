import type { Order } from '../../entities/trading/Order.ts';
import { decimal } from '../../trading/money.ts';
import { type ExitReason, PositionSide } from '../../trading/position.ts';
import { type Approval, approve, type BotAccount, type OrderProposal, type RiskRefusal } from '../../trading/risk.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import { logLine } from '../events/log-line.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import type { OrderPurpose } from '../orders/signal.ts';
import { botLimitsOf } from './bot-options.ts';
import type { Outbox } from './outbox.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

export interface OrderWriterParts {
  readonly parts: RunnerParts;
  readonly desk: Pick<OrderDesk, 'intend'>;
  readonly outbox: Outbox;
  readonly bot: Pick<Planned, 'session' | 'held' | 'save'>;
}

/** An order that is wished for. */
export interface Wish {
  readonly purpose: OrderPurpose;
  readonly exitReason: ExitReason | null;
  readonly proposal: OrderProposal;
}

/** The one way from a wish to a row of the ledger: approved and written down inside the transaction of the wish, or refused and told. */
export class OrderWriter {
  readonly #parts: OrderWriterParts;
  readonly #candleMs: number;
  #lastPlaced: Order | undefined;
  #lastRefusals: readonly RiskRefusal[] = [];

  constructor(parts: OrderWriterParts) {
    this.#parts = parts;
    this.#candleMs = timeframeMs(parts.parts.bot.timeframe);
  }

  /** The order that was written down last; undefined when it was refused. */
  get lastPlaced(): Order | undefined {
    return this.#lastPlaced;
  }

  /** Why it was refused, if it was. */
  get lastRefusals(): readonly RiskRefusal[] {
    return this.#lastRefusals;
  }

  /** Open time of the candle that is forming: from then on, orders decided at the last close live. */
  get formingTime(): number | undefined {
    const last = this.#parts.bot.session.lastOpenTime;
    return last === undefined ? undefined : last + this.#candleMs;
  }

  /**
   * As `write`; the order is sent after the commit.
   * @param decidedAt see `OrderRequest`
   */
  async intend(tx: RunnerTransaction, wish: Wish, decidedAt: number | undefined): Promise<Order | undefined> {
    const row = await this.write(tx, wish);
    if (row) this.#parts.outbox.send(row.id, decidedAt);
    return row;
  }

  /** Approves and writes down an order. @returns undefined when it was refused */
  async write(tx: RunnerTransaction, wish: Wish): Promise<Order | undefined> {
    const { desk, bot } = this.#parts;
    const { purpose, exitReason, proposal } = wish;
    const approval = await this.approved(tx, proposal);
    if (!approval.ok) {
      await this.refuse(tx, wish, approval.refusals);
      return undefined;
    }
    this.#lastRefusals = [];
    const row = await desk.intend(tx, { order: approval.order, purpose, candleTime: bot.session.lastOpenTime ?? 0, exitReason });
    this.#lastPlaced = row;
    return row;
  }

  /** An entry is looked at with the limits of the bot's owner too; a way out never is. */
  async approved(tx: RunnerTransaction, proposal: OrderProposal): Promise<Approval> {
    const { risk, bot, rules, context, exchange } = this.#parts.parts;
    const limits = botLimitsOf(bot, rules);
    if (proposal.reduceOnly) return approve(proposal, limits, this.#account());
    this.#parts.bot.save(tx.state);
    return approve(proposal, limits, this.#account(), await risk.oversee(tx, context, exchange.now()));
  }

  /** No order is made, and its owner hears why; an entry is remembered with its reasons. */
  async refuse(tx: RunnerTransaction, { purpose, proposal }: Wish, refusals: readonly RiskRefusal[]): Promise<void> {
    const { bot, context, clock, logger, risk } = this.#parts.parts;
    this.#lastPlaced = undefined;
    this.#lastRefusals = refusals;
    const reasons = refusals.map(({ message }) => message).join('; ');
    logger.warn({ bot: bot.id, purpose, refusals }, `an order was not made: ${reasons}`);
    const what = `${proposal.reduceOnly ? 'a way out' : 'an entry'} of bot "${bot.name}" was refused: ${reasons}`;
    tx.events.push(logLine(context.userId, 'WARN', what, { botId: bot.id }, clock.now()));
    if (!proposal.reduceOnly) await risk.remember(tx, context, proposal, refusals);
  }

  /** What the ledger and the session say that the bot has, for the last look at an order. */
  #account(): BotAccount {
    const { session, held } = this.#parts.bot;
    const { position, dailyTrades, dailyPnl, balance } = session;
    const tiedUp = position.side === 0 ? 0 : position.margin;
    const dayStart = session.state().guard?.dayStartEquity ?? session.options.initialCapital;
    return {
      available: ledgerAmount(decimal(balance - tiedUp)),
      dayStartEquity: decimal(dayStart),
      dailyPnl: decimal(dailyPnl),
      dailyTrades,
      positionSide: position.side === 0 ? null : position.side > 0 ? PositionSide.LONG : PositionSide.SHORT,
      positionQuantity: held,
    };
  }
}
