import type { Logger } from '../logger.ts';

/** One thing at a time per bot, in the order asked for: its account must be closed before it is opened again. */
export class BotTurns {
  readonly #logger: Logger;
  readonly #last = new Map<string, Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  isBusy(botId: string): boolean {
    return this.#last.has(botId);
  }

  /** @returns what settles, without an error, when the work is done; what it throws is logged */
  take(botId: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(botId);
    const run = async (): Promise<void> => {
      await before;
      try {
        await work();
      } catch (error) {
        this.#logger.error({ err: error, bot: botId }, 'a bot could not be started or given up; it is tried again');
      }
    };
    const done: Promise<void> = run().finally(() => {
      if (this.#last.get(botId) === done) this.#last.delete(botId);
    });
    this.#last.set(botId, done);
    return done;
  }

  /** Resolves when no bot has anything left to be done. */
  async settled(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
