/** Total fees in quote currency: of closed trades and of what is still open. Source: the fills themselves. */
export function totalFees(parts: readonly { readonly fees: number }[]): number {
  let sum = 0;
  for (const { fees } of parts) sum += fees;
  return sum;
}
