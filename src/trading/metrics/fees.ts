/** Total fees in quote currency: of closed trades and of what is still open. Source: the fills themselves. */
export function totalFees(fees: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < fees.length; i++) sum += fees[i];
  return sum;
}
