import { ParameterError } from './errors.ts';
import type { BoundStrategy } from './strategy.ts';

/**
 * Refuses a run that would end before the strategy has decided anything. A backtest of so few candles is possible, and has no trades: who
 * asked for it would take it for a strategy that found nothing.
 * @param candles of the longest market
 * @throws ParameterError naming what the strategy waits for, how many candles it needs and how many there are
 */
export function requireDecision(
  { definition, indicators, firstDecision }: BoundStrategy,
  candles: number,
  path: readonly string[] = ['parameters'],
): void {
  if (candles > firstDecision) return;
  const [slowest] = Object.values(indicators).sort((a, b) => b.warmUp - a.warmUp);
  const waits = slowest === undefined ? '' : `, its slowest indicator being ${slowest.key}`;
  throw new ParameterError(
    `strategy "${definition.name}" needs ${firstDecision + 1} candles before it decides${waits}; there are only ${candles}: choose a longer period or a shorter look-back`,
    path,
    { value: firstDecision + 1, limit: candles },
  );
}
