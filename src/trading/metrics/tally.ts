/** What the profits of a run's trades come to: what several metrics begin with. */
export interface Tally {
  readonly trades: number;
  /** Trades with a profit after fees; one that came out even is neither won nor lost. */
  readonly wins: number;
  readonly losses: number;
  /** Sum and largest of the profits. */
  readonly profit: number;
  readonly largestWin: number;
  /** Sum and smallest of the losses, negative or 0. */
  readonly loss: number;
  readonly largestLoss: number;
}

/** Counts and sums in one pass: whether a trade won is the one thing no processor can predict, so it is asked once. */
export function tallyOf(pnls: Float64Array): Tally {
  let [wins, losses] = [0, 0];
  let [profit, loss] = [0, 0];
  let [largestWin, largestLoss] = [0, 0];
  for (let i = 0; i < pnls.length; i++) {
    const pnl = pnls[i];
    if (pnl > 0) {
      wins += 1;
      profit += pnl;
      if (pnl > largestWin) largestWin = pnl;
    } else if (pnl < 0) {
      losses += 1;
      loss += pnl;
      if (pnl < largestLoss) largestLoss = pnl;
    }
  }
  return { trades: pnls.length, wins, losses, profit, largestWin, loss, largestLoss };
}
