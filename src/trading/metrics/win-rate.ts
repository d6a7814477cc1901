import { type Measured, UndefinedReason } from './metrics.ts';

/** How many trades won and lost; one that came out even is neither. */
export interface TradeCounts {
  readonly wins: number;
  readonly losses: number;
}

/** Counts profits above and below zero, after fees. */
export function tradeCounts(pnls: Float64Array): TradeCounts {
  let wins = 0;
  let losses = 0;
  for (let i = 0; i < pnls.length; i++) {
    // Added, not branched on: whether a trade won is the one thing no processor can predict.
    wins += Number(pnls[i] > 0);
    losses += Number(pnls[i] < 0);
  }
  return { wins, losses };
}

/** Win rate in percent: trades with a profit after fees over all trades. Source: R. Pardo, The Evaluation and Optimization of Trading Strategies. */
export function winRatePercent(pnls: Float64Array): Measured {
  return pnls.length === 0 ? UndefinedReason.NO_TRADES : (tradeCounts(pnls).wins / pnls.length) * 100;
}
