import type { Candle } from '../../../trading/candle.ts';
import { type Decider, deciderOf } from '../../../trading/decider.ts';
import { compileRules, type Condition } from '../../../trading/rules/index.ts';
import { CandleSeries } from '../../../trading/series.ts';
import { type BoundStrategy, bindStrategy, Signal } from '../../../trading/strategy.ts';

/** Candles that indicators are warmed up with at the least, as for a bot: the more, the closer to one that began earlier. */
const warmUpCandles = 500;

/** A condition of rules at work on the candles of a market as they close, computed as a strategy's way in is. */
export class RuleWatch {
  readonly #strategy: BoundStrategy;
  readonly #series: CandleSeries;
  readonly #decider: Decider;

  constructor(rule: Condition) {
    this.#strategy = bindStrategy(compileRules({ enterLong: rule }), {});
    const { definition, indicators, parameters } = this.#strategy;
    this.#series = new CandleSeries(indicators, definition.lookBack);
    const { candles, columns } = this.#series;
    this.#decider = deciderOf(definition, { candles, columns, parameters, shorts: false });
  }

  /** How many past candles it wants to be given first. */
  get warmUp(): number {
    return Math.max(warmUpCandles, this.#strategy.firstDecision * 3);
  }

  /** Takes the next closed candle. @returns whether the condition is true at it; null for one that is not new */
  next(candle: Candle): boolean | null {
    const last = this.#series.lastOpenTime;
    if (last !== undefined && candle.openTime <= last) return null;
    const index = this.#series.append(candle);
    this.#decider.prepare(index, index + 1);
    return this.#decider.signals !== null && (this.#decider.signals[index] & Signal.ENTER_LONG) !== 0;
  }
}
