import { BotStatus, moveBot } from '../../trading/bot.ts';
import { includesAction, RiskAction, RiskLimitType } from '../../trading/risk-limits.ts';
import { OrderLeg } from '../../trading/session.ts';
import type { Halt } from '../risk/risk-gate.ts';
import type { OrderPlanner } from './order-planner.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts, RunnerTransaction } from './runner-parts.ts';

export interface BotHaltsParts {
  readonly parts: RunnerParts;
  readonly planner: OrderPlanner;
  readonly bot: Planned & { readonly lastPrice: number };
}

/**
 * What kill switches and limits that halt make a bot do: nothing new is entered, entries on their way are taken back, the position is closed. They
 * stand in the database, so they outlive the process and reach a bot wherever it runs.
 */
export class BotHalts {
  readonly #parts: BotHaltsParts;
  #halt: Halt | null = null;

  constructor(parts: BotHaltsParts) {
    this.#parts = parts;
  }

  /** Whether something stood over the bot when it last looked. */
  get isHalted(): boolean {
    return this.#halt !== null;
  }

  /** Whether what stands over the bot now has something to do at the exchange. */
  async isSharp(): Promise<boolean> {
    const { parts } = this.#parts;
    const halt = await parts.risk.haltOf(undefined, parts.context);
    return includesAction(halt?.action ?? null, RiskAction.CANCEL_ORDERS);
  }

  /** Measures the limits that halt, and obeys what stands over the bot now. */
  async look(tx: RunnerTransaction): Promise<void> {
    const { parts, planner } = this.#parts;
    const { risk, context, exchange } = parts;
    // Limits measure what the row says, and what has just happened must be in it.
    planner.save(tx.state);
    const begun = await risk.watch(tx, context, exchange.now());
    if (begun.includes(RiskLimitType.STOP_LOSS_GUARD) && tx.state.status === BotStatus.RUNNING)
      tx.state.status = moveBot(tx.state.status, BotStatus.PAUSED);
    await this.obey(tx);
  }

  /** Obeys what stands over the bot now. */
  async obey(tx: RunnerTransaction): Promise<void> {
    const { parts, planner, bot } = this.#parts;
    this.#halt = await parts.risk.haltOf(tx.em, parts.context);
    const action = this.#halt?.action ?? null;
    if (includesAction(action, RiskAction.BLOCK_ENTRIES)) await planner.dropWaiting(tx, OrderLeg.ENTRY);
    const { pending, position } = bot.session;
    if (includesAction(action, RiskAction.CANCEL_ORDERS))
      planner.cancelByHand({ onlyEntries: action !== RiskAction.FLATTEN, isUrgent: true });
    if (includesAction(action, RiskAction.CANCEL_ORDERS) && pending?.leg === OrderLeg.ENTRY) planner.cancelPending(true);
    if (includesAction(action, RiskAction.FLATTEN) && pending === null && position.side !== 0)
      await bot.apply(tx, bot.session.handle({ type: 'CLOSE_POSITION', reason: 'RISK_LIMIT', price: bot.lastPrice }));
  }
}
