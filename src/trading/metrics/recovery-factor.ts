import { type Measured, UndefinedReason } from './metrics.ts';

/**
 * Recovery factor: net profit over the largest fall from a peak, both in quote currency.
 * Source: MetaTrader 5 Help, "Strategy Testing Report", recovery factor.
 */
export function recoveryFactor(netPnl: number, maxDrawdownAmount: number): Measured {
  return maxDrawdownAmount > 0 ? netPnl / maxDrawdownAmount : UndefinedReason.NO_DRAWDOWN;
}
