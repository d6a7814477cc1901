import { createHash } from 'node:crypto';
import { IdempotencyKey } from '../../entities/operations/IdempotencyKey.ts';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import { Position } from '../../entities/trading/Position.ts';
import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import type { Viewer } from '../viewer.ts';
import type { CloseRequest } from './runner.ts';

export interface ClosePosition {
  /** A retry with the same key is answered with the first result instead of a second order. */
  readonly idempotencyKey: string;
  /** The position's id. */
  readonly id: string;
}

export interface PositionCloserParts {
  readonly database: Database;
  readonly clock: Clock;
  /** The runner of a bot, if this process runs it. */
  readonly runnerOf: (botId: string) => { closePosition(request: CloseRequest): Promise<string> } | undefined;
}

/** How long an idempotency key is remembered, in milliseconds: 24 hours. */
const rememberedMs = 86_400_000;
const longestKey = 200;

/** Closes positions at a person's wish, exactly once per idempotency key. */
export class PositionCloser {
  readonly #parts: PositionCloserParts;

  constructor(parts: PositionCloserParts) {
    this.#parts = parts;
  }

  /**
   * Closes a position at the market.
   * @returns ids of the position and of the closing order
   * @throws DomainError REQUIRED, INVALID, NOT_FOUND, INVALID_TRANSITION, IDEMPOTENCY_KEY_REUSED
   */
  async close(viewer: Viewer, { idempotencyKey, id }: ClosePosition): Promise<{ positionId: string; orderId: string }> {
    const key = checkedKey(idempotencyKey);
    const requestHash = createHash('sha256')
      .update(JSON.stringify(['closePosition', id]))
      .digest('hex');
    const { database } = this.#parts;
    const before = await this.#known(database.forUser(viewer.userId), viewer, key, requestHash);
    if (before !== undefined) return { positionId: id, orderId: before };
    const rows = database.rows(viewer.userId);
    const position = await rows.find(Position, id, ['isOpen', 'symbol', 'botId']);
    if (!position) throw notFound('position', id, ['input', 'id']);
    const bot = position.botId === null ? null : await rows.find(Bot, position.botId, ['id', 'name']);
    if (!position.isOpen || !bot)
      throw new DomainError('INVALID_TRANSITION', `the position in ${position.symbol} is closed already`, {
        path: ['input', 'id'],
      });
    const runner = this.#parts.runnerOf(bot.id);
    if (!runner) throw await this.#notRunning(viewer, bot);
    const orderId = await runner.closePosition({
      done: (em) => this.#known(em, viewer, key, requestHash),
      remember: async (em, order) => {
        await em.nativeDelete(IdempotencyKey, { user: viewer.userId, key });
        await em.insert(IdempotencyKey, {
          user: viewer.userId,
          key,
          requestHash,
          response: { orderId: order },
          createdAt: this.#parts.clock.now(),
        });
      },
    });
    return { positionId: id, orderId };
  }

  async #known(em: EntityManager, viewer: Viewer, key: string, requestHash: string): Promise<string | undefined> {
    const known = await em.findOne(IdempotencyKey, { user: viewer.userId, key });
    if (!known || known.createdAt.getTime() < this.#parts.clock.now().getTime() - rememberedMs) return undefined;
    if (known.requestHash !== requestHash)
      throw new DomainError(
        'IDEMPOTENCY_KEY_REUSED',
        `idempotencyKey "${key}" was used within 24 hours for another request; take a new one`,
        {
          path: ['input', 'idempotencyKey'],
        },
      );
    return (known.response as { orderId: string }).orderId;
  }

  async #notRunning(viewer: Viewer, bot: { readonly id: string; readonly name: string }): Promise<DomainError> {
    const states = await this.#parts.database.rows(viewer.userId).byIds(BotState, [bot.id], ['status'], 'botId');
    const status = states.get(bot.id)?.status ?? 'STOPPED';
    return new DomainError(
      'INVALID_TRANSITION',
      `bot "${bot.name}" is ${status} and runs nowhere here: start it to close its position`,
      {
        path: ['input', 'id'],
        details: { from: status },
      },
    );
  }
}

function checkedKey(key: string): string {
  const path = ['input', 'idempotencyKey'];
  if (key.trim() === '')
    throw new DomainError('REQUIRED', 'idempotencyKey is empty: make up a new one for each wish, such as a UUID', { path });
  if (key.length > longestKey || /\p{Cc}/u.test(key))
    throw new DomainError(
      'INVALID',
      `idempotencyKey has ${key.length} characters, the maximum is ${longestKey}, without control characters`,
      {
        path,
        details: { limit: String(longestKey) },
      },
    );
  return key;
}
