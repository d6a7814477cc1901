import { logLine } from '../events/log-line.ts';
import type { BotMemory } from './bot-memory.ts';
import type { BotTrading } from './bot-trading.ts';
import type { Reconciler } from './reconciler.ts';
import { RulesChangedError, type RulesWatch } from './rules-watch.ts';
import type { RunnerParts } from './runner-parts.ts';
import type { SerialQueue } from './serial-queue.ts';

export interface RunnerChecksParts {
  readonly parts: RunnerParts;
  readonly queue: SerialQueue;
  readonly memory: BotMemory;
  readonly trading: BotTrading;
  readonly reconciler: Reconciler;
  readonly rulesWatch: RulesWatch;
  /** Takes what the exchange told and sends what is to be sent. */
  readonly settle: () => Promise<void>;
}

/** What a running bot looks at from time to time, because nobody tells it: orders of unknown fate, its guards, its books, the rules of its market. */
export class RunnerChecks {
  readonly #parts: RunnerChecksParts;
  #stop: (() => void) | undefined;
  #isChecking = false;
  /** When open orders were looked at last, as the timers count. */
  #sweptAt = 0;

  constructor(parts: RunnerChecksParts) {
    this.#parts = parts;
  }

  /** The bot has gone to work. */
  begin(): void {
    const { timers, lookUpEveryMs } = this.#parts.parts;
    this.#sweptAt = timers.elapsed();
    this.#stop = timers.every(lookUpEveryMs, () => this.#check());
  }

  /** Looks at nothing any more. */
  end(): void {
    this.#stop?.();
  }

  /** One check waits at a time: where each takes longer than the interval, they must not pile up. */
  #check(): void {
    void this.#lookAtRules();
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { queue, memory, trading, settle } = this.#parts;
    queue.pushUrgent(async () => {
      await trading.desk.resolveUnknown();
      await trading.funds?.resolveOpen();
      await this.#sweep();
      trading.planner.forgetTakingBack();
      if (trading.halts.isHalted) await memory.transact((tx) => trading.obeyHalts(tx));
      await settle();
      await this.#lookAtBooks();
      this.#isChecking = false;
    });
  }

  /** Where its market has new rules the bot begins anew: recovery puts right what does not fit any more, as after any restart. */
  async #lookAtRules(): Promise<void> {
    const { parts, queue, memory, rulesWatch } = this.#parts;
    const change = await rulesWatch.look();
    if (change === undefined) return;
    queue.pushUrgent(async () => {
      const { bot, context, clock } = parts;
      const text = `${change}; bot "${bot.name}" goes by that from now on`;
      await memory.transact((tx) =>
        Promise.resolve(void tx.events.push(logLine(context.userId, 'WARN', text, { botId: bot.id }, clock.now()))),
      );
      throw new RulesChangedError(text);
    });
  }

  async #sweep(): Promise<void> {
    const { parts, memory, trading } = this.#parts;
    const now = parts.timers.elapsed();
    if (now - this.#sweptAt < parts.bot.checkIntervalSeconds * 1_000) return;
    this.#sweptAt = now;
    await trading.desk.sweep();
    if (trading.isGuarded) await memory.transact((tx) => trading.guard(tx));
  }

  /** The invariants of the ledger are checked while the bot runs, not only when it begins. */
  async #lookAtBooks(): Promise<void> {
    const { parts, memory, trading, reconciler, settle } = this.#parts;
    if (!memory.isAtWork) return;
    await reconciler.look(async () => {
      await parts.exchange.settled();
      await trading.desk.sweep();
      await settle();
    });
  }
}
