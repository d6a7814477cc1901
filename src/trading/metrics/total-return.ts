/** Total return in percent: (final − initial)/initial·100. Source: CFA Institute, holding period return without cash flows. */
export function totalReturnPercent(initialCapital: number, finalCapital: number): number {
  return ((finalCapital - initialCapital) / initialCapital) * 100;
}
