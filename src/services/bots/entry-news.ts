import type { TradingOptions } from '../../trading/options.ts';
import type { IdleReason, SessionEffect } from '../../trading/session.ts';
import { logLine } from '../events/log-line.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

const dayMs = 86_400_000;

/** How a bot's own limits, or what is left of its capital, forbid an entry, for people. */
const sentences: Partial<Record<IdleReason, (options: TradingOptions) => string>> = {
  DAILY_LOSS_LIMIT: ({ maxDailyLossPercent }) =>
    `its loss since the UTC day began has reached its limit of ${maxDailyLossPercent} %; it enters again tomorrow`,
  DAILY_TARGET_REACHED: ({ dailyTargetPercent }) =>
    `its profit since the UTC day began has reached its target of ${dailyTargetPercent} %; it enters again tomorrow`,
  DAILY_TRADES_LIMIT: ({ maxDailyTrades }) =>
    `it has made its ${maxDailyTrades} entries of the UTC day; it enters again tomorrow`,
  COOLDOWN: ({ cooldownCandles }) => `it rests for ${cooldownCandles} candles after an exit`,
  STOP_LOSS_GUARD: ({ stopLossGuardCount, stopLossGuardCandles }) =>
    `${stopLossGuardCount} stops were hit within ${stopLossGuardCandles} candles`,
  INSUFFICIENT_BALANCE: () => 'a position of its size costs more than it has left',
  ZERO_QUANTITY: ({ quantityStep }) => `a position of its size is less than the least amount of the market, ${quantityStep}`,
  MIN_NOTIONAL: ({ minNotional }) => `a position of its size is worth less than the market takes, ${minNotional}`,
  DRAWDOWN_HALT: ({ maxDrawdownPercent }) => `its equity has fallen by its limit of ${maxDrawdownPercent} % from its peak`,
};

/** Tells a bot's owner why it enters nothing although its strategy wants to: once for each reason, until it has entered or another day begins. */
export class EntryNews {
  readonly #parts: RunnerParts;
  readonly #options: TradingOptions;
  #told: string | undefined;

  constructor(parts: RunnerParts, options: TradingOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Whether there is something to tell of what a candle has led to. @param at when it closed, ms UTC */
  isNews(effects: readonly SessionEffect[], at: number): boolean {
    return effects.some(
      (effect) => effect.type === 'NONE' && sentences[effect.reason] && this.#told !== keyOf(effect.reason, at),
    );
  }

  /** Tells it. */
  tell(tx: RunnerTransaction, effects: readonly SessionEffect[], at: number): void {
    const { bot, context, clock } = this.#parts;
    for (const effect of effects) {
      const sentence = effect.type === 'NONE' ? sentences[effect.reason] : undefined;
      if (effect.type !== 'NONE' || !sentence || !this.isNews([effect], at)) continue;
      this.#told = keyOf(effect.reason, at);
      const text = `bot "${bot.name}" makes no entry that its strategy wants: ${sentence(this.#options)}`;
      tx.events.push(logLine(context.userId, 'WARN', text, { botId: bot.id }, clock.now()));
    }
  }

  /** It has entered: what keeps it from entering next is told anew. */
  entered(): void {
    this.#told = undefined;
  }
}

function keyOf(reason: IdleReason, at: number): string {
  return `${reason} ${Math.floor(at / dayMs)}`;
}
