import { ReconciliationTrigger } from '../../entities/operations/ReconciliationRun.ts';
import type { Bot } from '../../entities/trading/Bot.ts';
import { BotState } from '../../entities/trading/BotState.ts';
import type { Strategy } from '../../entities/trading/Strategy.ts';
import { BotStatus } from '../../trading/bot.ts';
import type { Database, EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import type { EventLog } from '../events/log.ts';
import { botStateChanged } from './bot-events.ts';
import type { Lease, Leases } from './lease.ts';

/** Bots that a runner must exist for. */
export const active: readonly BotStatus[] = [BotStatus.STARTING, BotStatus.RUNNING, BotStatus.PAUSED, BotStatus.STOPPING];

/** A bot whose lease was taken, and what it begins with. */
export interface BegunBot {
  readonly bot: Bot;
  readonly strategy: Strategy;
  /** Name of its exchange. */
  readonly exchange: string;
  readonly lease: Lease;
  readonly left: Pick<BotState, 'session' | 'lastCandleAt'>;
  /** It is to wind up and stop. */
  readonly isStopping: boolean;
  /** One that was running reconciles first. */
  readonly trigger: ReconciliationTrigger;
}

export interface BotStartsParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly leases: Leases;
}

/** Takes the leases of bots that wait for a runner: of many in one transaction, because after a restart all of them wait at once. */
export class BotStarts {
  readonly #parts: BotStartsParts;

  constructor(parts: BotStartsParts) {
    this.#parts = parts;
  }

  /** Begins those of the bots that are to run and that nobody else runs. */
  async begin(botIds: readonly string[]): Promise<ReadonlyMap<string, BegunBot>> {
    const { database, leases } = this.#parts;
    return database.transaction(async (em) => {
      const taken = new Map((await leases.take(em, botIds)).map((lease) => [lease.botId, lease]));
      if (taken.size === 0) return new Map();
      const states = await em.find(BotState, { bot: [...taken.keys()] }, { populate: ['bot.strategy', 'bot.exchange'] });
      const begun = new Map<string, BegunBot>();
      const woken: BotState[] = [];
      for (const state of states) {
        const bot = state.bot.getEntity();
        const lease = taken.get(bot.id) as Lease;
        if (!active.includes(state.status)) {
          await leases.giveBack(em, lease);
          continue;
        }
        const isNew = state.status === BotStatus.STARTING;
        if (state.status === BotStatus.RUNNING) woken.push(state);
        begun.set(bot.id, {
          bot,
          strategy: bot.strategy.getEntity(),
          exchange: bot.exchange.getEntity().name,
          lease,
          isStopping: state.status === BotStatus.STOPPING,
          left: { session: state.session, lastCandleAt: state.lastCandleAt },
          trigger: isNew ? ReconciliationTrigger.START : ReconciliationTrigger.RESUME,
        });
      }
      await this.#wake(em, woken);
      return begun;
    });
  }

  /** What was running is starting again. */
  async #wake(em: EntityManager, states: readonly BotState[]): Promise<void> {
    for (const state of states) state.status = BotStatus.STARTING;
    await em.flush();
    const events = states.map((state) => botStateChanged(state.bot.getEntity(), state, BotStatus.RUNNING));
    // The rows of users are locked in one order, so that two processes cannot wait for each other for ever.
    const ofUsers = [...Map.groupBy(events, ({ userId }) => userId)].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, [first, ...more]] of ofUsers) await this.#parts.log.append(em, first as EventDraft, ...more);
  }
}
