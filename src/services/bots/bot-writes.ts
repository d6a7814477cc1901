import { LockMode, OptimisticLockError, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import type { Database, EntityManager } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import type { EventLog } from '../events/log.ts';
import type { Viewer } from '../viewer.ts';
import { nameTaken } from './bot-checks.ts';
import { type BotView, botView } from './bot-view.ts';

export interface BotWritesParts {
  readonly database: Database;
  readonly log: EventLog;
  /** Whoever runs bots; told after each commit. */
  readonly runners: { wake(botId: string): void };
}

/** Writes what people do to their bots, each in one transaction with its events. */
export class BotWrites {
  readonly #parts: BotWritesParts;

  constructor(parts: BotWritesParts) {
    this.#parts = parts;
  }

  /** Changes one bot under the lock of its state row, tells it, and wakes its runner. @param name what it is called from now on; undefined: as before */
  async change(
    viewer: Viewer,
    id: string,
    name: string | undefined,
    work: (em: EntityManager, bot: Bot, state: BotState) => Promise<EventDraft[]>,
  ): Promise<BotView> {
    const view = await this.write(viewer, name ?? '', async (em) => {
      const bot = await em.findOne(Bot, { id });
      if (!bot) throw notFound('bot', id, ['input', 'id']);
      const state = await em.findOneOrFail(BotState, { bot: id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const events = await work(em, bot, state);
      return { view: botView(bot, state), events };
    });
    this.#parts.runners.wake(id);
    return view;
  }

  /** A transaction with its events; two that race for one name or one row end as they would have one after the other. @param name what is taken then */
  async write(
    viewer: Viewer,
    name: string,
    work: (em: EntityManager) => Promise<{ view: BotView; events: readonly EventDraft[] }>,
  ): Promise<BotView> {
    const { database, log } = this.#parts;
    try {
      return await database.transaction(
        async (em) => {
          const { view, events } = await work(em);
          const [first, ...more] = events;
          if (first) await log.append(em, first, ...more);
          return view;
        },
        { userId: viewer.userId },
      );
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) throw nameTaken(name);
      if (error instanceof OptimisticLockError)
        throw new DomainError('VERSION_CONFLICT', 'the bot was changed by somebody else meanwhile: read it again');
      throw error;
    }
  }
}
