import { slipped } from '../../trading/fills.ts';
import { type Decimal, decimal } from '../../trading/money.ts';
import type { TradingOptions } from '../../trading/options.ts';
import { OrderSide, OrderType } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import { OrderLeg, type OrderRequest } from '../../trading/session.ts';
import { timeframeMs } from '../../trading/timeframe.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { FundsDesk } from './funds-desk.ts';
import type { Guards } from './guards.ts';
import type { Holdings } from './holdings.ts';
import type { OrderWriter, Wish } from './order-writer.ts';
import type { Outbox } from './outbox.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import type { WorkingOrders } from './working-orders.ts';

export interface SignalOrdersParts {
  readonly parts: RunnerParts;
  readonly options: TradingOptions;
  readonly orders: WorkingOrders;
  readonly holdings: Holdings;
  readonly guards: Guards;
  readonly writer: OrderWriter;
  readonly outbox: Outbox;
  /** Brings what an entry lacks, where the account has a wallet to bring it from. */
  readonly funds: FundsDesk | undefined;
  readonly transact: <T>(work: (tx: RunnerTransaction) => Promise<T>) => Promise<T>;
  readonly bot: Omit<Planned, 'save'>;
}

/** What an order is sized at. */
interface Moment {
  /** Before slippage. */
  readonly price: number;
  /** See `OrderRequest` of the exchanges. */
  readonly decidedAt: number | undefined;
}

const atOnce: ReadonlySet<ExitReason> = new Set([ExitReason.MANUAL, ExitReason.RISK_LIMIT, ExitReason.TAKE_PROFIT]);

/** The entries and exits of a session, one at a time: each waits for its price, is sized at it, and is written down or given up. */
export class SignalOrders {
  readonly #parts: SignalOrdersParts;
  readonly #candleMs: number;
  #waiting: OrderRequest | undefined;

  constructor(parts: SignalOrdersParts) {
    this.#parts = parts;
    this.#candleMs = timeframeMs(parts.parts.bot.timeframe);
  }

  /** A decided order waits for the first price of the next candle, or for what pays for it. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** The session wants an order. */
  async submit(tx: RunnerTransaction, order: OrderRequest): Promise<void> {
    const { openPrice } = this.#parts.bot;
    // A person, a limit or a target that was reached does not wait for a candle.
    if (order.reason !== null && atOnce.has(order.reason))
      await this.#place(tx, order, { price: order.referencePrice, decidedAt: undefined });
    else if (openPrice === undefined) this.#waiting = order;
    else await this.#placeAtOpen(tx, order, openPrice);
  }

  /** The first price of the next candle is known. */
  async opened(tx: RunnerTransaction, open: number): Promise<void> {
    const order = this.#waiting;
    this.#waiting = undefined;
    if (order) await this.#placeAtOpen(tx, order, open);
  }

  /**
   * A decided order that was never sized is given up: its moment has passed.
   * @param leg only one of this leg
   */
  async dropWaiting(tx: RunnerTransaction, leg?: OrderLeg): Promise<void> {
    const order = this.#waiting;
    if (!order || (leg !== undefined && order.leg !== leg)) return;
    this.#waiting = undefined;
    await this.#giveUp(tx, order.leg);
  }

  #placeAtOpen(tx: RunnerTransaction, order: OrderRequest, open: number): Promise<void> {
    return this.#place(tx, order, { price: open, decidedAt: this.#parts.writer.formingTime });
  }

  #place(tx: RunnerTransaction, order: OrderRequest, moment: Moment): Promise<void> {
    return order.leg === OrderLeg.ENTRY ? this.#enter(tx, order, moment) : this.#exit(tx, order, moment);
  }

  async #enter(tx: RunnerTransaction, order: OrderRequest, moment: Moment, isPaidFor = false): Promise<void> {
    const { bot, funds, writer, outbox } = this.#parts;
    const price = this.#slipped(order, moment);
    const amount = decimal(bot.session.entryQuantity(price));
    if (amount.isZero()) {
      bot.noEntry(tx);
      return this.#giveUp(tx, order.leg);
    }
    const wish = wishOf(order, amount, price);
    // Nothing is moved for an entry that would be refused anyway.
    if (isPaidFor || !funds?.isOn || !(await writer.approved(tx, wish.proposal)).ok)
      return this.#intend(tx, wish, order.leg, moment);
    this.#waiting = order;
    outbox.add(() => this.#payFor(funds, order, wish, moment));
  }

  /** The account has what the entry takes, or is brought it; then the entry is made, or given up with the reason. Meanwhile it waits, and may be dropped. */
  async #payFor(funds: FundsDesk, order: OrderRequest, wish: Wish, moment: Moment): Promise<void> {
    const { parts, transact, writer } = this.#parts;
    const { amount, referencePrice } = wish.proposal;
    const need = ledgerAmount(amount.mul(referencePrice).mul(parts.rules.takerFeeRate.add(1)));
    const until = moment.decidedAt === undefined ? Infinity : moment.decidedAt + this.#candleMs;
    const refusal = await funds.bring({ need, until });
    await transact(async (tx) => {
      if (this.#waiting !== order) return;
      this.#waiting = undefined;
      if (!refusal) return this.#enter(tx, order, moment, true);
      await writer.refuse(tx, wish, [refusal]);
      await this.#giveUp(tx, order.leg);
    });
  }

  /** Sells what is held; what is too little to be sold is written off. */
  async #exit(tx: RunnerTransaction, order: OrderRequest, moment: Moment): Promise<void> {
    const { bot, holdings, guards, writer } = this.#parts;
    const price = this.#slipped(order, moment);
    const wish = wishOf(order, holdings.sellable, price);
    if (!holdings.isSellable(price)) {
      if (await bot.writeOff(tx, order.reason, price)) return;
      await writer.refuse(tx, wish, [holdings.whyUnsellable(price)]);
      return this.#giveUp(tx, order.leg);
    }
    guards.makeRoom(order.reason === ExitReason.RISK_LIMIT);
    await this.#intend(tx, wish, order.leg, moment);
  }

  #slipped(order: OrderRequest, { price }: Moment): number {
    return slipped(price, order.side === OrderSide.BUY, this.#parts.options.slippagePercent / 100);
  }

  async #intend(tx: RunnerTransaction, wish: Wish, leg: OrderLeg, { decidedAt }: Moment): Promise<void> {
    const { orders, writer } = this.#parts;
    const row = await writer.intend(tx, wish, decidedAt);
    if (row) orders.pending = row.id;
    else await this.#giveUp(tx, leg);
  }

  async #giveUp(tx: RunnerTransaction, leg: OrderLeg): Promise<void> {
    const { bot } = this.#parts;
    await bot.apply(tx, bot.session.handle({ type: 'ORDER_ENDED', leg }));
  }
}

/** @param price what the order is valued at */
function wishOf({ leg, side, reason }: OrderRequest, amount: Decimal, price: number): Wish {
  return {
    purpose: leg,
    exitReason: reason,
    proposal: {
      side,
      type: OrderType.MARKET,
      amount,
      reduceOnly: leg === OrderLeg.EXIT,
      referencePrice: ledgerAmount(decimal(price)),
    },
  };
}
