import { setImmediate as turn } from 'node:timers/promises';
import { Order } from '../../entities/trading/Order.ts';
import { canonical } from '../../trading/money.ts';
import { OrderStatus } from '../../trading/order.ts';
import { ExitReason } from '../../trading/position.ts';
import { logLine } from '../events/log-line.ts';
import type { OrderReport } from '../exchanges/port/orders.ts';
import { clientOrderId, clientOrderIdPrefix } from './client-order-id.ts';
import type { OrderDeskParts } from './order-desk-parts.ts';
import { adoptOrder, markSent, orderChanged } from './order-ledger.ts';
import { OrderPurpose, signalKeyOf } from './signal.ts';
import type { Waiting } from './waiting.ts';

/** The candles at whose close the missing orders may have been decided, ms UTC. */
export interface Decisions {
  readonly from: number;
  readonly to: number;
  readonly candleMs: number;
  /** Executions since this moment are looked at, too. */
  readonly fillsSince: number;
}

interface Signal {
  readonly key: string;
  readonly purpose: OrderPurpose;
  readonly attempt: number;
}

/** A month of minutes. */
const mostCandles = 45_000;
/** Tries at one signal that are looked at: guards are replaced again and again while an order fills in parts. The longer ago the backup, the fewer. */
const attempts = { least: 5, most: 100, candles: 200_000 };
/** Ids that are made before the event loop has its turn. */
const idsAtOnce = 5_000;

const exitReasons: Readonly<Record<OrderPurpose, ExitReason | null>> = {
  ENTRY: null,
  EXIT: ExitReason.SIGNAL,
  STOP: ExitReason.STOP_LOSS,
  TARGET: ExitReason.TAKE_PROFIT,
  MANUAL: ExitReason.MANUAL,
};

/**
 * Takes over orders that the exchange has of this bot and the ledger has not: an older backup of the database was restored. The ids of
 * orders are made from signals, so those of the time after the backup can be made again, and compared with what is found there. Orders of others are left alone, and
 * so are those that have ended without an execution: exchanges do not list them, and nothing follows from them.
 */
export class OrderAdoption {
  readonly #parts: OrderDeskParts;
  readonly #waiting: Waiting;

  constructor(parts: OrderDeskParts, waiting: Waiting) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  /** @throws DomainError EXCHANGE_UNAVAILABLE, DeadlineError when the exchange does not answer */
  async adopt(decisions: Decisions): Promise<void> {
    const { exchange, context } = this.#parts;
    const unknown = await this.#unknownIds(decisions.fillsSince);
    if (unknown.size === 0) return;
    for (const [id, signal] of await this.#signalsOf(unknown, decisions)) {
      const what = `looking up order ${id} at ${exchange.name}`;
      const report = await this.#waiting.inTime(exchange.order(context.symbol, id), what);
      if (report) await this.#write(report, signal);
    }
  }

  /** Client order ids that look like ours and stand in no row. An intent that turns out to be there was sent. */
  async #unknownIds(fillsSince: number): Promise<Set<string>> {
    const { exchange, context, transact } = this.#parts;
    const { symbol } = context;
    const open = await this.#waiting.inTime(exchange.openOrders(symbol), `the open orders at ${exchange.name}`);
    const fills = await this.#waiting.inTime(
      exchange.fillsSince(symbol, fillsSince),
      `the fills in ${symbol} at ${exchange.name}`,
    );
    const ids = new Set([...open, ...fills].map((each) => each.clientOrderId).filter((id) => id.startsWith(clientOrderIdPrefix)));
    if (ids.size === 0) return ids;
    await transact(async ({ em }) => {
      for (const order of await em.find(Order, { clientOrderId: { $in: [...ids] } })) {
        ids.delete(order.clientOrderId);
        // It was sent after the backup was made: what became of it is asked for like that of any other.
        if (order.bot?.id === context.botId && order.status === OrderStatus.INTENT) markSent(order, order.createdAt);
      }
      await em.flush();
    });
    return ids;
  }

  /** Which of the ids this bot has made, and for what, in the order of the decisions. */
  async #signalsOf(ids: ReadonlySet<string>, { from, to, candleMs }: Decisions): Promise<Map<string, Signal>> {
    const { idKey, context, exchange } = this.#parts;
    const found = new Map<string, Signal>();
    const first = Math.max(from, to - mostCandles * candleMs);
    const candles = 1 + Math.floor((to - first) / candleMs);
    const tries = Math.min(attempts.most, Math.max(attempts.least, Math.floor(attempts.candles / candles)));
    let made = 0;
    for (let candle = first; candle <= to && found.size < ids.size; candle += candleMs) {
      for (const purpose of Object.values(OrderPurpose))
        for (let attempt = 1; attempt <= tries; attempt++) {
          if (++made % idsAtOnce === 0) await turn();
          const key = signalKeyOf(candle, purpose, attempt);
          const id = clientOrderId(idKey, context.botId, key, exchange.clientOrderIdLength);
          if (ids.has(id)) found.set(id, { key, purpose, attempt });
        }
    }
    return found;
  }

  #write(report: OrderReport, { key, purpose, attempt }: Signal): Promise<void> {
    const { context, transact, logger, exchange } = this.#parts;
    const { side, amount, symbol, reduceOnly, clientOrderId: id, updatedAt } = report;
    const text =
      `the order to ${side} ${canonical(amount)} ${symbol} (${id}) was found at ${exchange.name} and not in the ledger, ` +
      'as after an older backup was restored: it is taken over, with what it has executed';
    return transact(async (tx) => {
      const reason = reduceOnly || purpose !== OrderPurpose.MANUAL ? exitReasons[purpose] : null;
      const order = adoptOrder(tx.em, context, report, reason, { signalKey: key, attempt });
      await tx.em.flush();
      logger.warn({ bot: context.botId, order: order.id }, text);
      tx.events.push(
        orderChanged(order, null),
        logLine(context.userId, 'WARN', text, { botId: context.botId }, new Date(updatedAt)),
      );
    });
  }
}
