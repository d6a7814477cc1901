/** Total funding paid in quote currency, of closed trades and of what is still open; negative: received. Source: the payments themselves. */
export function totalFunding(funding: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < funding.length; i++) sum += funding[i];
  return sum;
}
