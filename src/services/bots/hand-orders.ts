import type { Order } from '../../entities/trading/Order.ts';
import { canonical, type Decimal, decimal } from '../../trading/money.ts';
import { OrderSide, OrderType } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import { DomainError } from '../errors.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import { OrderPurpose } from '../orders/signal.ts';
import type { Guards } from './guards.ts';
import type { Holdings } from './holdings.ts';
import { type ManualOrder, optionalDecimal } from './manual-order.ts';
import type { OrderWriter } from './order-writer.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';
import type { ByHand, WorkingOrders } from './working-orders.ts';

export interface HandOrdersParts {
  readonly parts: RunnerParts;
  readonly orders: WorkingOrders;
  readonly holdings: Holdings;
  readonly guards: Guards;
  readonly writer: OrderWriter;
  readonly bot: Pick<Planned, 'session' | 'held'>;
}

/** Orders that a person places with a bot, beside those of its session. */
export class HandOrders {
  readonly #parts: HandOrdersParts;

  constructor(parts: HandOrdersParts) {
    this.#parts = parts;
  }

  /** Whether an order by hand of this side would make the position smaller. */
  isReducing(side: OrderSide): boolean {
    const held = this.#parts.bot.session.position.side;
    return held !== 0 && held === (side === OrderSide.SELL ? 1 : -1);
  }

  /**
   * Writes an order of a person down, to be sent after the commit. Against the position it closes a part of it, never more.
   * @param lastPrice what a market order is valued at
   * @returns undefined when it was refused
   * @throws DomainError INVALID when other orders by hand stand in its way
   */
  async place(tx: RunnerTransaction, order: ManualOrder, lastPrice: number): Promise<Order | undefined> {
    const { orders, bot, parts, holdings, guards, writer } = this.#parts;
    const reduceOnly = this.isReducing(order.side);
    const amount = decimal(order.amount);
    const price = optionalDecimal(order.price);
    const stopPrice = optionalDecimal(order.stopPrice);
    assertRoom([...orders.byHand.values()], { side: order.side, reduceOnly, amount }, bot.held);
    if (reduceOnly && holdings.isExclusive && order.type !== OrderType.MARKET)
      throw new DomainError(
        'INVALID',
        `${order.type} would hold what the stop of bot "${parts.bot.name}" has to guard: sell at the MARKET`,
        {
          path: ['input', 'type'],
          details: { limit: OrderType.MARKET },
        },
      );
    if (reduceOnly) guards.makeRoom();
    const proposal = {
      side: order.side,
      type: order.type,
      amount,
      ...(price && { price }),
      ...(stopPrice && { stopPrice }),
      timeInForce: order.timeInForce,
      reduceOnly,
      referencePrice: price ?? stopPrice ?? ledgerAmount(decimal(lastPrice)),
    };
    const exitReason = reduceOnly ? ExitReason.MANUAL : null;
    const row = await writer.intend(tx, { purpose: OrderPurpose.MANUAL, exitReason, proposal }, undefined);
    if (row) orders.add(row);
    if (row) parts.logger.info({ bot: parts.bot.id, order: row.id }, 'an order was placed by hand');
    return row;
  }
}

/** Orders by hand may not contradict each other: all entries go one way, and no more is closed than is held. */
function assertRoom(open: readonly ByHand[], { side, reduceOnly, amount }: ByHand, held: Decimal): void {
  const path = ['input', reduceOnly ? 'amount' : 'side'];
  const other = open.find((order) => !order.reduceOnly && order.side !== side);
  if (!reduceOnly && other)
    throw new DomainError('INVALID', `an entry to ${other.side} is open: cancel it before an entry to ${side}`, { path });
  if (!reduceOnly) return;
  const taken = open.reduce((sum, order) => (order.reduceOnly ? sum.add(order.amount) : sum), decimal(0));
  if (taken.add(amount).lte(held)) return;
  throw new DomainError(
    'INVALID',
    `amount ${canonical(amount)} with ${canonical(taken)} of open orders exceeds what is held, ${canonical(held)}`,
    { path, details: { limit: canonical(held) } },
  );
}
