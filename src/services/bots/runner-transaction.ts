import { LockMode } from '@mikro-orm/core';
import { BotState } from '../../entities/trading/BotState.ts';
import type { BotStatus } from '../../trading/bot.ts';
import type { EventDraft } from '../events/event.ts';
import { botStateChanged } from './bot-events.ts';
import { botStateView, sameState } from './bot-view.ts';
import { LeaseLostError } from './lease.ts';
import type { EntityManager } from '../database/database.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

export interface TransactionHooks {
  /** The row says what the bot should be doing: somebody else may have changed it since the last transaction. */
  obey(status: BotStatus): void;
  /** Writes into the row what the session has become. */
  save(state: BotState): void;
  /** Writes down what the bot is worth at the end of the day. */
  saveDay(em: EntityManager): Promise<void>;
}

/**
 * One transaction of a runner under its lease: the state row is locked, handed to the work, saved at the end, and all that happened is
 * told in the same commit.
 * @throws LeaseLostError when another process has taken the bot over, AccountLostError its account; nothing was written then
 */
export function runnerTransaction<T>(
  { database, lease, bot, log, context, fence }: RunnerParts,
  hooks: TransactionHooks,
  work: (tx: RunnerTransaction) => Promise<T>,
): Promise<T> {
  return database.transaction(
    async (em) => {
      const state = await em.findOneOrFail(BotState, { bot: lease.botId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (state.leaseToken !== lease.token) throw new LeaseLostError(lease.botId);
      await fence?.(em);
      hooks.obey(state.status);
      const before = botStateView(state);
      const events: EventDraft[] = [];
      const result = await work({ em, state, events });
      hooks.save(state);
      await hooks.saveDay(em);
      await em.flush();
      hooks.obey(state.status);
      if (!sameState(before, botStateView(state))) events.push(botStateChanged(bot, state, before.status));
      const [first, ...more] = events;
      if (first) await log.append(em, first, ...more);
      return result;
    },
    { userId: context.userId },
  );
}
