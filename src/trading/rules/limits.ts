/** How large rules may be: enough for what people write, little enough to check and run at once. */
export const rulesLimits = {
  /** Conditions and operands in all. */
  nodes: 200,
  /** Conditions and operands inside each other. */
  depth: 16,
  /** Candles that a decision looks back, everything on the way added up. */
  lookBack: 500,
  /** Different indicators. */
  indicators: 32,
  /** Parameters. */
  parameters: 16,
} as const;
