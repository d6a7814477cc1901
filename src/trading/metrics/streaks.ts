/** Longest runs of winning and of losing trades in a row; an even trade ends both. Source: MetaTrader 5 Help, "Strategy Testing Report". */
export function streaks(pnls: Float64Array): { readonly wins: number; readonly losses: number } {
  let [wins, losses, winning, losing] = [0, 0, 0, 0];
  for (let i = 0; i < pnls.length; i++) {
    winning = pnls[i] > 0 ? winning + 1 : 0;
    losing = pnls[i] < 0 ? losing + 1 : 0;
    wins = Math.max(wins, winning);
    losses = Math.max(losses, losing);
  }
  return { wins, losses };
}
