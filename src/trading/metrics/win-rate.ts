import { type Measured, UndefinedReason } from './metrics.ts';
import type { Tally } from './tally.ts';

/** Win rate in percent: trades with a profit after fees over all trades. Source: R. Pardo, The Evaluation and Optimization of Trading Strategies. */
export function winRatePercent({ wins, trades }: Tally): Measured {
  return trades === 0 ? UndefinedReason.NO_TRADES : (wins / trades) * 100;
}
