import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { BotRequest, BotRequestKind, BotRequestStatus } from '../../entities/operations/BotRequest.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Order } from '../../entities/trading/Order.ts';
import { Position } from '../../entities/trading/Position.ts';
import { Strategy } from '../../entities/trading/Strategy.ts';
import { BotStatus } from '../../trading/bot.ts';
import { isTerminal } from '../../trading/order.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { DomainError, type ErrorCode, notFound } from '../errors.ts';
import { newId } from '../ids.ts';
import { systemTimers, type Timers } from '../timers.ts';
import type { Viewer } from '../viewer.ts';
import { keepAnswer, keyedWish, knownAnswer } from './idempotency.ts';
import { checkedOrder, manualStrategy, type PlaceOrder } from './manual-order.ts';
import { waitingSince, waitsError } from './outage.ts';

export interface BotRequestsParts {
  readonly database: Database;
  readonly clock: Clock;
  /** The process's own when left out. */
  readonly timers?: Timers;
  /** Whoever runs bots here; told after each request. */
  readonly runners: { serve(botId: string): void };
  /** How long an answer is waited for, in milliseconds. */
  readonly patienceMs?: number;
}

export interface KeyedId {
  readonly idempotencyKey: string;
  readonly id: string;
}

/** How often the answer is looked for, in milliseconds. */
const lookEveryMs = 25;
const idPath = ['input', 'id'];
const botPath = ['input', 'botId'];

/**
 * Wishes of people to running bots: an order by hand, an order taken back, a position closed. Each is a row that the process which holds the bot's lease
 * carries out, once; a retry with the same key is answered with the first result.
 */
export class BotRequests {
  readonly #parts: BotRequestsParts;

  constructor(parts: BotRequestsParts) {
    this.#parts = parts;
  }

  /**
   * Places an order by hand, through a bot that decides nothing by itself.
   * @returns the order's id
   * @throws DomainError REQUIRED, INVALID, NOT_FOUND, INVALID_TRANSITION, IDEMPOTENCY_KEY_REUSED, RISK_LIMIT_EXCEEDED, INSUFFICIENT_BALANCE,
   * EXCHANGE_UNAVAILABLE when the bot does not answer, or waits for its exchange
   */
  async place(viewer: Viewer, input: PlaceOrder): Promise<string> {
    const order = checkedOrder(input);
    const rows = this.#parts.database.rows(viewer.userId);
    const bot = await rows.find(Bot, input.botId, ['id', 'name', 'strategyId']);
    const strategy = bot && (await rows.find(Strategy, bot.strategyId, ['name', 'definition']));
    if (!bot || !strategy) throw notFound('bot', input.botId, botPath);
    if ((strategy.definition as { name?: unknown }).name !== manualStrategy)
      throw new DomainError(
        'INVALID_TRANSITION',
        `bot "${bot.name}" decides by strategy "${strategy.name}", and an order by hand would contradict it: place it through a bot with the strategy "${manualStrategy}"`,
        { path: botPath },
      );
    return this.#ask(viewer, input.idempotencyKey, { bot, kind: BotRequestKind.PLACE_ORDER, body: { ...order }, path: botPath });
  }

  /**
   * Takes an open order back, an entry or one placed by hand. A fill can win the race.
   * @returns the order's id
   * @throws DomainError REQUIRED, INVALID, NOT_FOUND, INVALID_TRANSITION, IDEMPOTENCY_KEY_REUSED, EXCHANGE_UNAVAILABLE
   */
  async cancel(viewer: Viewer, { idempotencyKey, id }: KeyedId): Promise<string> {
    const rows = this.#parts.database.rows(viewer.userId);
    const order = await rows.find(Order, id, ['status', 'symbol', 'botId']);
    if (!order) throw notFound('order', id, idPath);
    const bot = order.botId === null ? null : await rows.find(Bot, order.botId, ['id', 'name']);
    const kind = BotRequestKind.CANCEL_ORDER;
    const known = await this.#known(viewer, idempotencyKey, kind, bot?.id ?? null, { orderId: id });
    if (known !== undefined) return this.#answer(viewer, known);
    if (isTerminal(order.status) || !bot)
      throw new DomainError('INVALID_TRANSITION', `the order in ${order.symbol} is ${order.status} already`, {
        path: idPath,
        details: { from: order.status },
      });
    return this.#ask(viewer, idempotencyKey, { bot, kind, body: { orderId: id }, path: idPath });
  }

  /**
   * Closes a position at the market.
   * @returns ids of the position and of the closing order; null where nothing was left that an order can sell, so that it was written off
   * @throws DomainError REQUIRED, INVALID, NOT_FOUND, INVALID_TRANSITION, IDEMPOTENCY_KEY_REUSED, EXCHANGE_UNAVAILABLE
   */
  async close(viewer: Viewer, { idempotencyKey, id }: KeyedId): Promise<{ positionId: string; orderId: string | null }> {
    const rows = this.#parts.database.rows(viewer.userId);
    const position = await rows.find(Position, id, ['isOpen', 'symbol', 'botId']);
    if (!position) throw notFound('position', id, idPath);
    const bot = position.botId === null ? null : await rows.find(Bot, position.botId, ['id', 'name']);
    const kind = BotRequestKind.CLOSE_POSITION;
    const known = await this.#known(viewer, idempotencyKey, kind, bot?.id ?? null, { positionId: id });
    if (known !== undefined) return { positionId: id, orderId: await this.#answer<string | null>(viewer, known) };
    if (!position.isOpen || !bot)
      throw new DomainError('INVALID_TRANSITION', `the position in ${position.symbol} is closed already`, { path: idPath });
    return {
      positionId: id,
      orderId: await this.#ask<string | null>(viewer, idempotencyKey, { bot, kind, body: { positionId: id }, path: idPath }),
    };
  }

  async #ask<Id extends string | null = string>(viewer: Viewer, key: string, wish: Wish): Promise<Id> {
    const { database, clock, runners } = this.#parts;
    const { bot, kind, body } = wish;
    const keyed = keyedWish(viewer.userId, key, [kind, bot.id, body]);
    const known = await this.#known(viewer, key, kind, bot.id, body);
    if (known !== undefined) return this.#answer(viewer, known);
    await this.#assertRuns(viewer, wish);
    const requestId = newId();
    try {
      await database.transaction(
        async (em) => {
          await keepAnswer(em, keyed, { requestId }, clock.now());
          await em.insert(BotRequest, {
            id: requestId,
            user: viewer.userId,
            bot: bot.id,
            kind,
            body,
            status: BotRequestStatus.PENDING,
            result: null,
            createdAt: new Date(),
          });
        },
        { userId: viewer.userId },
      );
    } catch (error) {
      // The same key twice at once: the other one is the first.
      const first = error instanceof UniqueConstraintViolationException && (await this.#known(viewer, key, kind, bot.id, body));
      if (first) return this.#answer(viewer, first);
      throw error;
    }
    runners.serve(bot.id);
    return this.#answer(viewer, requestId);
  }

  async #known(viewer: Viewer, key: string, kind: string, botId: string | null, body: object): Promise<string | undefined> {
    const { database, clock } = this.#parts;
    const keyed = keyedWish(viewer.userId, key, [kind, botId, body]);
    return (await knownAnswer<{ requestId: string }>(database.forUser(viewer.userId), keyed, clock.now()))?.requestId;
  }

  async #assertRuns(viewer: Viewer, { bot, path }: Wish): Promise<void> {
    const states = await this.#parts.database
      .rows(viewer.userId)
      .byIds(BotState, [bot.id], ['status', 'lastErrorMessage'], 'botId');
    const { status, lastErrorMessage } = states.get(bot.id) ?? { status: BotStatus.STOPPED, lastErrorMessage: null };
    if (running.has(status) && lastErrorMessage !== null && waitingSince(lastErrorMessage) !== undefined)
      throw waitsError(bot.name, lastErrorMessage, path);
    if (running.has(status)) return;
    throw new DomainError('INVALID_TRANSITION', `bot "${bot.name}" is ${status} and can carry nothing out: start it first`, {
      path,
      details: { from: status },
    });
  }

  /** Waits until the bot has carried a request out. @returns the order's id; null where a close needed none */
  async #answer<Id extends string | null = string>(viewer: Viewer, requestId: string): Promise<Id> {
    const { database, timers = systemTimers, patienceMs = 15_000 } = this.#parts;
    const rows = database.rows(viewer.userId);
    const since = timers.elapsed();
    for (;;) {
      const request = await rows.find(BotRequest, requestId, ['status', 'result']);
      if (!request) throw new Error(`request ${requestId} is gone`);
      const { status, result } = request;
      if (status === BotRequestStatus.DONE) return (result as { orderId: Id }).orderId;
      if (status === BotRequestStatus.FAILED) throw errorOf(result as unknown as StoredError);
      if (status === BotRequestStatus.EXPIRED || timers.elapsed() - since > patienceMs) {
        await this.#expire(viewer, requestId);
        const after = await rows.find(BotRequest, requestId, ['status']);
        if (after?.status === BotRequestStatus.EXPIRED)
          throw new DomainError(
            'EXCHANGE_UNAVAILABLE',
            `the bot did not answer within ${patienceMs / 1000} s; nothing was done, and nothing will be done under this idempotencyKey`,
          );
        continue;
      }
      await new Promise<void>((resolve) => void timers.after(lookEveryMs, resolve));
    }
  }

  /** Nobody will carry it out any more, unless somebody already does. */
  async #expire(viewer: Viewer, requestId: string): Promise<void> {
    await this.#parts.database.transaction(
      (em) =>
        em.nativeUpdate(
          BotRequest,
          { id: requestId, status: BotRequestStatus.PENDING },
          { status: BotRequestStatus.EXPIRED, finishedAt: this.#parts.clock.now() },
        ),
      { userId: viewer.userId },
    );
  }
}

interface Wish {
  readonly bot: { readonly id: string; readonly name: string };
  readonly kind: BotRequestKind;
  readonly body: Record<string, unknown>;
  /** Of the input field that names what is asked about. */
  readonly path: readonly string[];
}

const running: ReadonlySet<BotStatus> = new Set([BotStatus.STARTING, BotStatus.RUNNING, BotStatus.PAUSED]);

/** An error on its way from the runner to whoever asked; plain JSON. */
export interface StoredError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly path?: readonly string[];
  readonly details: Record<string, unknown>;
}

export function storedError({ code, message, path, details }: DomainError): StoredError {
  return { code, message, details: { ...details }, ...(path && { path }) };
}

function errorOf({ code, message, path, details }: StoredError): DomainError {
  return new DomainError(code, message, { details, ...(path && { path }) });
}
