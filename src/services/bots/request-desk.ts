import { LockMode } from '@mikro-orm/core';
import { BotRequest, BotRequestKind, BotRequestStatus } from '../../entities/operations/BotRequest.ts';
import { Order } from '../../entities/trading/Order.ts';
import { BotStatus } from '../../trading/bot.ts';
import { isTerminal, OrderType } from '../../trading/order.ts';
import { DomainError } from '../errors.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import { OrderPurpose, purposeOf } from '../orders/signal.ts';
import { storedError } from './bot-requests.ts';
import { type ManualOrder, refusedByRisk } from './manual-order.ts';
import type { OrderPlanner } from './order-planner.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

export interface RequestDeskParts {
  readonly parts: RunnerParts;
  readonly desk: OrderDesk;
  readonly planner: OrderPlanner;
  readonly bot: Planned & { readonly lastPrice: number };
  readonly transact: <T>(work: (tx: RunnerTransaction) => Promise<T>) => Promise<T>;
}

/** Carries out what people ask of a running bot: each request once, marked in the transaction of what follows from it. */
export class RequestDesk {
  readonly #parts: RequestDeskParts;

  constructor(parts: RequestDeskParts) {
    this.#parts = parts;
  }

  /** Carries out what waits, oldest first. */
  async serve(): Promise<void> {
    const { database, lease } = this.#parts.parts;
    const waiting = await database.systemRows().list(BotRequest, {
      fields: ['id', 'kind', 'body'],
      where: { botId: { eq: lease.botId }, status: { eq: BotRequestStatus.PENDING } },
      orderBy: [{ field: 'createdAt' }],
      limit: 100,
    });
    for (const { id, kind, body } of waiting)
      if (kind === BotRequestKind.CANCEL_ORDER) await this.#cancel(id, String(body['orderId']));
      else await this.#once(id, (tx, request) => this.#orderOf(tx, request));
  }

  /** The request is still waiting, and what it leads to is written with its end. */
  #once(id: string, work: (tx: RunnerTransaction, request: BotRequest) => Promise<string | null>): Promise<void> {
    return this.#parts.transact(async (tx) => {
      const request = await tx.em.findOne(BotRequest, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (request?.status !== BotRequestStatus.PENDING) return;
      try {
        request.result = { orderId: await work(tx, request) };
        request.status = BotRequestStatus.DONE;
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        request.result = { ...storedError(error) };
        request.status = BotRequestStatus.FAILED;
      }
      request.finishedAt = this.#parts.parts.clock.now();
      await tx.em.flush();
    });
  }

  #orderOf(tx: RunnerTransaction, { kind, body }: BotRequest): Promise<string | null> {
    return kind === BotRequestKind.PLACE_ORDER ? this.#place(tx, body as unknown as ManualOrder) : this.#close(tx);
  }

  async #place(tx: RunnerTransaction, order: ManualOrder): Promise<string> {
    const { planner, bot, parts } = this.#parts;
    const isReducing = planner.isReducing(order.side);
    if (!isReducing && tx.state.status !== BotStatus.RUNNING)
      throw new DomainError('INVALID_TRANSITION', `bot "${parts.bot.name}" is ${tx.state.status} and enters nothing`, {
        path: ['input', 'botId'],
        details: { from: tx.state.status },
      });
    if (order.type === OrderType.MARKET && !Number.isFinite(bot.lastPrice))
      throw new DomainError(
        'EXCHANGE_UNAVAILABLE',
        `bot "${parts.bot.name}" has heard no price of ${parts.bot.symbol} yet, so a MARKET order cannot be valued: try again when its market moves`,
      );
    const row = await planner.byHand(tx, order, bot.lastPrice);
    if (!row) throw refusedByRisk(planner.lastRefusals);
    return row.id;
  }

  /** @returns the order that closes it; null where nothing was left that an order can sell, and it was written off */
  async #close(tx: RunnerTransaction): Promise<string | null> {
    const { planner, bot, parts } = this.#parts;
    const { name, symbol } = parts.bot;
    const { session } = bot;
    const refuse = (message: string): never => {
      throw new DomainError('INVALID_TRANSITION', message, { path: ['input', 'id'] });
    };
    if (session.position.side === 0) refuse(`bot "${name}" holds no position in ${symbol}`);
    // Where a stop was filled after its end, the session waits no more for the exit that works still.
    if (session.pending !== null || planner.isUnderWay)
      refuse(`an order of bot "${name}" in ${symbol} is under way; wait for it`);
    planner.cancelByHand();
    const before = planner.lastPlaced;
    await bot.apply(tx, session.handle({ type: 'CLOSE_POSITION', reason: 'MANUAL', price: bot.lastPrice }));
    const placed = planner.lastPlaced;
    if (placed && placed !== before) return placed.id;
    if (session.position.side !== 0) throw refusedByRisk(planner.lastRefusals);
    return null;
  }

  /** Asked of the exchange first: after a crash in between it is asked once more, which changes nothing. */
  async #cancel(requestId: string, orderId: string): Promise<void> {
    const { desk, transact } = this.#parts;
    const isWanted = await transact(async ({ em }) => {
      const order = await em.findOne(Order, { id: orderId });
      return order !== null && !isTerminal(order.status) && isCancelable(order);
    });
    if (isWanted) await desk.cancel(orderId);
    await this.#once(requestId, async ({ em }) => {
      const order = await em.findOneOrFail(Order, { id: orderId });
      if (isWanted) return order.id;
      throw new DomainError(
        'INVALID_TRANSITION',
        isTerminal(order.status)
          ? `the order in ${order.symbol} is ${order.status} already`
          : `the order in ${order.symbol} is the bot's way out of its position, and would be placed again: stop the bot, or close the position`,
        { path: ['input', 'id'], details: { from: order.status } },
      );
    });
  }
}

/** A bot's exits, stops and targets are its own. */
function isCancelable({ signalKey }: Order): boolean {
  const purpose = purposeOf(signalKey);
  return purpose === OrderPurpose.ENTRY || purpose === OrderPurpose.MANUAL;
}
