import { canonical, type Decimal } from '../../trading/money.ts';
import type { PositionSide } from '../../trading/position.ts';
import { type RiskRefusal, RiskRule } from '../../trading/risk.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { Planned } from './planned.ts';
import type { RunnerParts } from './runner-parts.ts';

/** What of a position an order can sell, by the rules of its market; what is left over is dust. */
export class Holdings {
  readonly #parts: RunnerParts;
  readonly #bot: Pick<Planned, 'held'>;
  /** What rests to sell holds the asset: one guard at a time, and none while something is sold. */
  readonly isExclusive: boolean;

  constructor(parts: RunnerParts, bot: Pick<Planned, 'held'>) {
    this.#parts = parts;
    this.#bot = bot;
    this.isExclusive = parts.exchange.sharesReduceOnly === false;
  }

  /** What can be sold of what is held: whole steps. */
  get sellable(): Decimal {
    const { held } = this.#bot;
    const { stepSize } = this.#parts.rules;
    return stepSize.isZero() ? held : held.sub(held.mod(stepSize));
  }

  /** Whether an order can sell what is held. On spot exchanges it has to be worth as much as any other. */
  isSellable(price: number): boolean {
    const { minNotional } = this.#parts.rules;
    const amount = this.sellable;
    return amount.gt(0) && (!this.isExclusive || price <= 0 || amount.mul(price).gte(minNotional));
  }

  /** Why what is held cannot be sold, as a refusal of the order that would. */
  whyUnsellable(price: number): RiskRefusal {
    const { bot, rules } = this.#parts;
    const { stepSize, minNotional } = rules;
    const amount = this.#bot.held;
    const isUnderStep = this.sellable.isZero();
    const held = `what bot "${bot.name}" holds, ${canonical(amount)} of ${bot.symbol}`;
    const [limit, value] = isUnderStep ? [stepSize, amount] : [minNotional, ledgerAmount(amount.mul(price))];
    return {
      rule: isUnderStep ? RiskRule.STEP_SIZE : RiskRule.MIN_NOTIONAL,
      message: isUnderStep
        ? `${held}, is less than the market's step ${canonical(stepSize)}: no order can sell it`
        : `${held}, is worth ${canonical(value)}, less than the market's minimum ${canonical(minNotional)}: no order can sell it`,
      limit: canonical(limit),
      value: canonical(value),
    };
  }
}

/** For messages: what is held, as people write it. */
export function heldText(held: Decimal, side: PositionSide | null): string {
  return side === null ? 'nothing' : `${canonical(held)} ${side}`;
}
