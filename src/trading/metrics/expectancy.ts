import { mean } from './deviation.ts';
import { type Measured, UndefinedReason } from './metrics.ts';

/** Expectancy: mean profit of a trade after fees, in quote currency. Source: V. K. Tharp, Trade Your Way to Financial Freedom, in money instead of R. */
export function expectancy(pnls: Float64Array): Measured {
  return pnls.length === 0 ? UndefinedReason.NO_TRADES : mean(pnls);
}
