import type { Order } from '../../entities/trading/Order.ts';
import { type Decimal, decimal } from '../../trading/money.ts';
import { OrderSide, OrderStatus, OrderType } from '../../trading/order.ts';
import { ExitReason, PositionSide } from '../../trading/position.ts';
import { OrderLeg, type Protection } from '../../trading/session.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import { OrderPurpose, purposeOf } from '../orders/signal.ts';
import type { Holdings } from './holdings.ts';
import type { OrderWriter } from './order-writer.ts';
import type { Outbox } from './outbox.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import type { Guard, WorkingOrders } from './working-orders.ts';

export interface GuardsParts {
  readonly parts: RunnerParts;
  readonly orders: WorkingOrders;
  readonly holdings: Holdings;
  readonly writer: OrderWriter;
  readonly outbox: Outbox;
  readonly bot: Pick<Planned, 'session' | 'held'>;
}

/** The stop and the target of a position at the exchange: placed, replaced where they do not fit any more, brought back where they are gone. */
export class Guards {
  readonly #parts: GuardsParts;
  /** A target that the exchange did not take beside its stop: the stop is kept there, the target is watched. */
  #refusedTarget: Decimal | undefined;

  constructor(parts: GuardsParts) {
    this.#parts = parts;
  }

  /**
   * Whether a price has reached a target that does not rest at the exchange, because the stop holds the asset: whoever watches prices must tell the session.
   */
  isTargetReached(price: number): boolean {
    const { bot, orders, holdings } = this.#parts;
    const { position, pending } = bot.session;
    if (!holdings.isExclusive || orders.target !== undefined || position.side === 0 || pending !== null) return false;
    const levels = position.protection();
    if (levels === null || levels.stop === null || levels.target === null) return false;
    return levels.positionSide === PositionSide.LONG ? price >= levels.target : price <= levels.target;
  }

  /** Sees to it that stop and target stand as the session wants them; null takes both back. */
  async protect(tx: RunnerTransaction, protection: Protection | null): Promise<void> {
    const { orders, bot, holdings, writer, outbox } = this.#parts;
    // What is being sold cannot be guarded at the same time; if the exit comes to nothing, the session asks again.
    if (holdings.isExclusive && bot.session.pending?.leg === OrderLeg.EXIT) return;
    if (protection !== null && !holdings.isSellable(protection.stop ?? protection.target ?? 0)) return this.#keep();
    if (protection !== null && this.#fitsPair(protection)) return this.#guardAsPair(tx, protection);
    const stop = protection?.stop ?? null;
    const target = holdings.isExclusive && stop !== null ? null : (protection?.target ?? null);
    const before = [orders.stop, orders.target];
    orders.stop = await this.#guard(tx, orders.stop, OrderPurpose.STOP, protection, stop);
    orders.target = await this.#guard(tx, orders.target, OrderPurpose.TARGET, protection, target);
    const after = [orders.stop, orders.target];
    this.#cancel(before.filter((guard) => !after.includes(guard)));
    const placed = after.flatMap((guard) => (guard && !before.includes(guard) ? guard.orderId : []));
    outbox.sendEach(placed, writer.formingTime);
  }

  /** Takes back what holds the asset that is about to be sold. @param isUrgent see `OrderDesk.cancel` */
  makeRoom(isUrgent = false): void {
    const { orders, holdings } = this.#parts;
    if (holdings.isExclusive) this.#cancel([orders.stop, orders.target], isUrgent);
  }

  /**
   * An order has ended without having filled wholly. When it was the target of a pair that the exchange has refused, the stop goes there alone, at once.
   */
  async ended(tx: RunnerTransaction, { signalKey, status, price }: Order): Promise<void> {
    const { bot, holdings } = this.#parts;
    if (!holdings.isExclusive || status !== OrderStatus.REJECTED || purposeOf(signalKey) !== OrderPurpose.TARGET) return;
    const protection = bot.session.position.protection();
    if (price === null || protection === null || protection.stop === null) return;
    this.#refusedTarget = price;
    await this.protect(tx, protection);
  }

  #cancel(guards: readonly (Guard | undefined)[], isUrgent = false): void {
    const { holdings, outbox } = this.#parts;
    const ids = guards.flatMap((guard) => guard?.orderId ?? []);
    // The end of one of a pair is that of the other, which need not be asked for any more.
    if (holdings.isExclusive) for (const id of ids) outbox.cancel(id, isUrgent);
    else outbox.cancelEach(ids, isUrgent);
  }

  /** Whether stop and target can stand at the exchange as one, where each alone would hold the asset. */
  #fitsPair({ stop, target }: Protection): boolean {
    const { exchange, rules } = this.#parts.parts;
    const { isExclusive, sellable } = this.#parts.holdings;
    if (!isExclusive || !exchange.submitPair || rules.takesPairs === false) return false;
    if (stop === null || target === null || stop <= 0 || target <= 0 || !sellable.gt(0)) return false;
    return !this.#refusedTarget?.eq(ledgerAmount(decimal(target)));
  }

  /** A pair stands and falls as one: when either of the two is not as it should be, both are taken back and placed anew. */
  async #guardAsPair(tx: RunnerTransaction, protection: Protection): Promise<void> {
    const { orders, holdings, outbox } = this.#parts;
    const amount = holdings.sellable;
    const stopLevel = ledgerAmount(decimal(protection.stop ?? 0));
    const targetLevel = ledgerAmount(decimal(protection.target ?? 0));
    const stands = (guard: Guard | undefined, level: Decimal): boolean =>
      guard !== undefined && guard.amount.eq(amount) && guard.level.eq(level);
    if (stands(orders.stop, stopLevel) && stands(orders.target, targetLevel)) return;
    this.#cancel([orders.stop, orders.target]);
    const stop = await this.#write(tx, OrderPurpose.STOP, protection, stopLevel);
    const target = stop && (await this.#write(tx, OrderPurpose.TARGET, protection, targetLevel));
    orders.stop = stop;
    orders.target = target;
    if (stop && target) outbox.sendPair(stop.orderId, target.orderId);
    else if (stop) outbox.send(stop.orderId);
  }

  /**
   * What stands is better than nothing where no order could take its place, because the market's step or its least value has grown. What would sell
   * more than is held goes.
   */
  #keep(): void {
    const { orders, bot, outbox } = this.#parts;
    for (const kind of ['stop', 'target'] as const) {
      const guard = orders[kind];
      if (!guard?.amount.gt(bot.held)) continue;
      outbox.cancel(guard.orderId);
      orders[kind] = undefined;
    }
  }

  /** @returns the guard that is to stand: the one that does, or another one that was written down */
  async #guard(
    tx: RunnerTransaction,
    current: Guard | undefined,
    purpose: 'STOP' | 'TARGET',
    protection: Protection | null,
    price: number | null,
  ): Promise<Guard | undefined> {
    const amount = this.#parts.holdings.sellable;
    const level = protection === null || price === null || price <= 0 || !amount.gt(0) ? undefined : ledgerAmount(decimal(price));
    if (current && level?.eq(current.level) && amount.eq(current.amount)) return current;
    if (!level || !protection) return undefined;
    return this.#write(tx, purpose, protection, level);
  }

  /** @returns undefined when the guard was refused */
  async #write(
    tx: RunnerTransaction,
    purpose: 'STOP' | 'TARGET',
    protection: Protection,
    level: Decimal,
  ): Promise<Guard | undefined> {
    const isStop = purpose === OrderPurpose.STOP;
    const row = await this.#parts.writer.write(tx, {
      purpose,
      exitReason: isStop ? protection.stopReason : ExitReason.TAKE_PROFIT,
      proposal: {
        side: protection.positionSide === PositionSide.LONG ? OrderSide.SELL : OrderSide.BUY,
        type: isStop ? OrderType.STOP : OrderType.LIMIT,
        amount: this.#parts.holdings.sellable,
        ...(isStop ? { stopPrice: level } : { price: level }),
        reduceOnly: true,
        referencePrice: level,
      },
    });
    return row && { orderId: row.id, level: row.stopPrice ?? row.price ?? row.amount, amount: row.amount };
  }
}
