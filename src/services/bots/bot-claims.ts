import { BotState } from '../../entities/trading/BotState.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../logger.ts';
import { active, type BegunBot } from './bot-starts.ts';
import type { BotTurns } from './bot-turns.ts';
import type { Leases } from './lease.ts';

export interface BotClaimsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leases: Leases;
  readonly turns: BotTurns;
  /** This process ends: nothing more is begun. */
  readonly isStopped: () => boolean;
  /** Takes the leases of those that nobody else runs. */
  readonly begin: (botIds: readonly string[]) => Promise<ReadonlyMap<string, BegunBot>>;
  /** Settles when the bot runs, or has failed to. */
  readonly run: (begun: BegunBot | undefined) => Promise<void>;
}

/** Bots whose leases are taken in one transaction. */
const mostTogether = 50;
/** Bots that are started at the same time. */
const mostAtOnce = 256;

/** Finds the bots that should run and that nobody runs, and has them started, not too many at a time. */
export class BotClaims {
  readonly #parts: BotClaimsParts;
  #isLooking = false;

  constructor(parts: BotClaimsParts) {
    this.#parts = parts;
  }

  /** Settles when those that were found have been started; while it goes on, another call does nothing. */
  async look(): Promise<void> {
    const { leases, logger, isStopped } = this.#parts;
    if (this.#isLooking || isStopped()) return;
    this.#isLooking = true;
    try {
      await leases.freeOfGone();
      await this.#startAll(await this.#unheld());
    } catch (error) {
      logger.error({ err: error }, 'looking for bots to run failed; it is tried again');
    } finally {
      this.#isLooking = false;
    }
  }

  async #unheld(): Promise<readonly string[]> {
    const { database, clock } = this.#parts;
    const rows = await database.systemRows().list(BotState, {
      fields: ['botId'],
      where: { status: { in: active }, or: [{ leaseOwner: { isNull: true } }, { leaseExpiresAt: { lt: clock.now() } }] },
      orderBy: [{ field: 'botId' }],
      limit: 10_000,
    });
    return rows.map(({ botId }) => botId);
  }

  async #startAll(botIds: readonly string[]): Promise<void> {
    const { turns, begin, run, isStopped } = this.#parts;
    const starting = new Set<Promise<void>>();
    for (let next = 0; next < botIds.length && !isStopped(); next += mostTogether) {
      const together = botIds.slice(next, next + mostTogether);
      // What is being given up here comes in its turn.
      const busy = together.filter((botId) => turns.isBusy(botId));
      const begun = begin(together.filter((botId) => !busy.includes(botId)));
      for (const botId of together) {
        const claimed = (): Promise<ReadonlyMap<string, BegunBot>> => (busy.includes(botId) ? begin([botId]) : begun);
        const started = turns.take(botId, async () => run((await claimed()).get(botId)));
        starting.add(started);
        void started.finally(() => starting.delete(started));
      }
      await begun.catch(() => undefined);
      while (starting.size > mostAtOnce - mostTogether) await Promise.race(starting);
    }
    await Promise.all(starting);
  }
}
