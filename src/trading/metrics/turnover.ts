/**
 * Turnover: the value of all fills, entries and exits, in quote currency. Source: backtrader, `Transactions` analyser, summed.
 * @param exitPrices fewer than entry prices where the last positions are open
 */
export function turnover(quantities: Float64Array, entryPrices: Float64Array, exitPrices: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < quantities.length; i++)
    sum += quantities[i] * (entryPrices[i] + (i < exitPrices.length ? exitPrices[i] : 0));
  return sum;
}
