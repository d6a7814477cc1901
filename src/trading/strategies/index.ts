import { ParameterError, shown } from '../errors.ts';
import type { StrategyDefinition } from '../strategy.ts';
import { bollingerReversion } from './bollinger-reversion.ts';
import { buyAndHold } from './buy-and-hold.ts';
import { donchianBreakout } from './donchian-breakout.ts';
import { emaRsi } from './ema-rsi.ts';
import { macdTrend } from './macd-trend.ts';
import { manual } from './manual.ts';
import { rsiReversion } from './rsi-reversion.ts';
import { smaCross } from './sma-cross.ts';
import { supertrendStrategy } from './supertrend.ts';

/** The strategies that come with the product, in the order they are listed. */
export const builtInStrategies: readonly StrategyDefinition[] = [
  emaRsi,
  smaCross,
  rsiReversion,
  macdTrend,
  bollingerReversion,
  donchianBreakout,
  supertrendStrategy,
  buyAndHold,
  manual,
];

/**
 * A built-in strategy by name.
 * @throws ParameterError naming the strategies there are
 */
export function builtInStrategy(name: string, path: readonly string[] = ['strategy']): StrategyDefinition {
  const found = builtInStrategies.find((strategy) => strategy.name === name);
  if (found) return found;
  const known = builtInStrategies.map((strategy) => strategy.name).join(', ');
  throw new ParameterError(`there is no strategy ${shown(name)}; there are ${known}`, path, { value: name, limit: known });
}
