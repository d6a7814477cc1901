/** Total funding paid in quote currency, of closed trades and of what is still open; negative: received. Source: the payments themselves. */
export function totalFunding(parts: readonly { readonly funding: number }[]): number {
  let sum = 0;
  for (const { funding } of parts) sum += funding;
  return sum;
}
