import type { TradingOptions } from './options.ts';

/**
 * The prices and quantities that a simulated fill has: used by the backtest and by the paper exchange alike.
 * `side` is 1 for a long position and −1 for a short one. Levels that are not set are infinite, on the side that is never reached.
 */

/**
 * The price at a distance from another, without the noise of binary fractions: 10 % above 100 is 110, not 110.00000000000001, and a
 * candle whose high is 110 has touched it. Kept to 14 to 15 significant digits.
 * @param percent of the anchor, negative for below
 */
export function priceAt(anchor: number, percent: number): number {
  const price = anchor + (anchor * percent) / 100;
  let scale = 1e9;
  while (price * scale < 1e13 && scale < 1e22) scale *= 10;
  while (price * scale > 1e15 && scale > 1) scale /= 10;
  return price * scale < 1e15 ? Math.round(price * scale) / scale : price;
}

/** A market price made worse by slippage. `buys`: whether the order buys. */
export function slipped(price: number, buys: boolean, slippage: number): number {
  return buys ? price * (1 + slippage) : price * (1 - slippage);
}

/**
 * Where a stop fills: at its level or, when the open is already beyond it, at the open; then slippage, but nobody can trade
 * beyond the candle's extreme.
 * @param extreme the candle's low for a long position, its high for a short one
 */
export function stopFillPrice(side: number, level: number, open: number, extreme: number, slippage: number): number {
  return side > 0
    ? Math.max(Math.min(open, level) * (1 - slippage), extreme)
    : Math.min(Math.max(open, level) * (1 + slippage), extreme);
}

/** Where a target fills: at its level, or at the better open when `atOpen`. */
export function targetFillPrice(side: number, level: number, open: number, atOpen: boolean): number {
  if (!atOpen) return level;
  return side > 0 ? Math.max(open, level) : Math.min(open, level);
}

/** Where a liquidation fills: at the liquidation price or at a worse open, never better, and never beyond the whole margin. */
export function liquidationFillPrice(side: number, liquidation: number, bankruptcy: number, open: number): number {
  return side > 0 ? Math.max(Math.min(open, liquidation), bankruptcy) : Math.min(Math.max(open, liquidation), bankruptcy);
}

/**
 * Price at which an isolated position's margin falls to the maintenance margin; the long price at leverage 1 is 0.
 * Long: (E·(1 − 1/L) + d)/(1 − m), short: (E·(1 + 1/L) − d)/(1 + m).
 * Source: Binance, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts", isolated margin, one bracket (cum = 0).
 * @param maintenance maintenance margin rate as a fraction
 * @param drawn funding that was taken out of the margin, per unit of base currency
 */
export function liquidationPrice(side: number, entryPrice: number, leverage: number, maintenance: number, drawn = 0): number {
  const gone = bankruptcyPrice(side, entryPrice, leverage, drawn);
  return side > 0 ? gone / (1 - maintenance) : gone / (1 + maintenance);
}

/** Price at which the whole isolated margin is gone. @param drawn as for `liquidationPrice` */
export function bankruptcyPrice(side: number, entryPrice: number, leverage: number, drawn = 0): number {
  return side > 0 ? entryPrice * (1 - 1 / leverage) + drawn : entryPrice * (1 + 1 / leverage) - drawn;
}

/** How a payment of funding is met: out of what is free and then out of the margin of its position, but not out of anything else. */
export interface FundingShare {
  readonly paid: number;
  /** Part of it that the margin loses. */
  readonly drawn: number;
}

/**
 * Who pays funding: the free balance, and where that is not enough, the margin of the position, whose liquidation comes nearer by it.
 * Source: Bybit Help Center, "Introduction to Funding Rate", isolated margin.
 * @param due negative: received
 */
export function fundingShare(due: number, free: number, margin: number): FundingShare {
  const available = Math.max(free, 0);
  const own = Math.max(margin, 0);
  if (due <= available + own) return { paid: due, drawn: Math.max(due - available, 0) };
  return { paid: available + own, drawn: own };
}

/** Quantities as multiples of a step, in doubles that print as the exact decimal: 35150022 steps of 1e-8 are 0.35150022. */
export class QuantityGrid {
  readonly step: number;
  readonly #stepUnits: number;
  readonly #scale: number;

  /** @param step base currency, positive */
  constructor(step: number) {
    this.step = step;
    let scale = 1;
    while (scale < 1e18 && Math.abs(Math.round(step * scale) / scale - step) > step * 1e-12) scale *= 10;
    this.#scale = scale;
    this.#stepUnits = Math.round(step * scale);
  }

  #quantity(steps: number): number {
    return (steps * this.#stepUnits) / this.#scale;
  }

  /** The largest multiple of the step that is not above `quantity`; 0 when there is none. */
  floor(quantity: number): number {
    let steps = Math.floor(quantity / this.step);
    if (!(steps >= 0)) return 0;
    // 0.3 / 0.1 is 2.9999999999999996 in doubles, yet three steps of 0.1 are 0.3.
    if (this.#quantity(steps + 1) <= quantity) steps += 1;
    return this.#quantity(steps);
  }
}

/** Quote amount that an entry may use: margin and entry fee together. */
export function entryBudget(options: Pick<TradingOptions, 'positionSizeFixed' | 'positionSizePercent'>, capital: number): number {
  // 100 % of a capital can round to more than it.
  return options.positionSizeFixed ?? Math.min(capital, (capital * options.positionSizePercent) / 100);
}
