import type { Candle } from '../../../trading/candle.ts';
import { FillModel, TargetGap } from '../../../trading/options.ts';
import { Liquidity, OrderSide, OrderType } from '../../../trading/order.ts';
import type { Liquidation, PaperBook, PaperBookOptions } from './book.ts';
import type { PaperOrder } from './order.ts';
import { adverseExtreme, favourableExtreme, limitPrice, nearestFirst, reachesLimit, reachesStop, stopPrice } from './prices.ts';

/**
 * What a closed candle does to resting orders, in a backtest's order: what the open gaps through, then stop before target, unless the
 * account's fill model has it that the target came first.
 */
export class RestingOrders {
  private readonly options: PaperBookOptions;
  private readonly book: PaperBook;
  private readonly slippage: number;

  constructor(options: PaperBookOptions, book: PaperBook) {
    this.options = options;
    this.book = book;
    this.slippage = options.account.slippagePercent / 100;
  }

  /** The open went beyond a protecting stop or the liquidation price: that fills before any market order, once the candle's extreme is known. */
  isGapped(symbol: string, openTime: number, open: number): boolean {
    const liquidation = this.book.liquidation(symbol);
    if (liquidation && reachesStop(liquidation.side, liquidation.level, open)) return true;
    return this.active(symbol, openTime).some(
      ({ request, triggered }) =>
        request.reduceOnly && request.stopPrice && !triggered && reachesStop(request.side, request.stopPrice.toNumber(), open),
    );
  }

  /** Everything that the whole candle fills. */
  closed(symbol: string, candle: Candle): void {
    const held = this.isHeld(symbol);
    if (!held) this.others(symbol, candle);
    this.protect(symbol, candle, { openedInside: !held });
    if (held) this.others(symbol, candle);
  }

  /**
   * Stops, targets and the liquidation of an open position.
   * @param options.openedInside the position was opened inside this candle: its stop is live, its target is not yet
   * @param options.only leaves other orders alone
   */
  protect(symbol: string, candle: Candle, options: { openedInside: boolean; only?: ReadonlySet<PaperOrder> }): void {
    const { openedInside, only } = options;
    const reducing = this.active(symbol, candle.openTime).filter(
      (order) => order.request.reduceOnly && order.request.type !== OrderType.MARKET && (!only || only.has(order)),
    );
    const stops = nearestFirst(reducing.filter((order) => stopHit(order, candle)));
    const targets = openedInside ? [] : reducing.filter((order) => !stops.includes(order) && limitHit(order, candle));
    const liquidation = this.book.liquidation(symbol);
    const liquidated =
      liquidation !== undefined && reachesStop(liquidation.side, liquidation.level, adverseExtreme(liquidation.side, candle));
    const targetFirst = (stops.length > 0 || liquidated) && targets.length > 0 && this.targetFirst(targets[0], candle);
    if (targetFirst) for (const order of targets) this.fillLimit(order, candle);
    for (const order of stops) if (!liquidated || isNearer(order, liquidation, candle.open)) this.fillStop(order, candle);
    if (liquidated) this.book.liquidate(symbol, liquidation, candle);
    if (!targetFirst) for (const order of targets) this.fillLimit(order, candle);
  }

  /** Orders that may open or enlarge a position, or sell what is held without being bound to. */
  private others(symbol: string, candle: Candle): void {
    for (const order of this.active(symbol, candle.openTime)) {
      if (order.request.reduceOnly || order.request.type === OrderType.MARKET) continue;
      if (stopHit(order, candle)) this.fillStop(order, candle);
      else if (limitHit(order, candle)) this.fillLimit(order, candle);
    }
  }

  /** Both stop and target were touched, and the open was between them or beyond the target: whether the account believes that the target came first. */
  private targetFirst({ request }: PaperOrder, candle: Candle): boolean {
    if (this.options.account.fillModel === FillModel.PESSIMISTIC) return false;
    if (this.isGapped(request.symbol, candle.openTime, candle.open)) return false;
    const lowFirst = candle.close >= candle.open;
    const passed = request.price !== undefined && reachesLimit(request.side, request.price.toNumber(), candle.open);
    return passed || (request.side === OrderSide.SELL ? !lowFirst : lowFirst);
  }

  /** A stop-limit order that is beyond its limit when it triggers rests from the next candle on. */
  private fillStop(order: PaperOrder, candle: Candle): void {
    const { side, price: limit, stopPrice: stop } = order.request;
    const price = stopPrice(side, stop?.toNumber() ?? Number.NaN, candle, this.slippage);
    order.triggered = true;
    if (!limit || reachesLimit(side, limit.toNumber(), price)) this.book.fill(order, price, Liquidity.TAKER, candle.openTime);
  }

  private fillLimit(order: PaperOrder, candle: Candle): void {
    const { side, price: limit } = order.request;
    const atOpen = this.options.account.targetGap === TargetGap.OPEN;
    const price = limitPrice(side, limit?.toNumber() ?? Number.NaN, candle.open, atOpen);
    this.book.fill(order, price, Liquidity.MAKER, candle.openTime);
  }

  private active(symbol: string, openTime: number): PaperOrder[] {
    return this.options.ledger.openOrders(symbol).filter((order) => order.activeFrom <= openTime);
  }

  private isHeld(symbol: string): boolean {
    const rules = this.options.rulesOf(symbol);
    return [OrderSide.SELL, OrderSide.BUY].some((side) => this.options.ledger.reducible(side, rules).gte(rules.stepSize));
  }
}

function stopHit({ request, triggered }: PaperOrder, candle: Candle): boolean {
  if (request.stopPrice === undefined || triggered) return false;
  return reachesStop(request.side, request.stopPrice.toNumber(), adverseExtreme(request.side, candle));
}

function limitHit({ request, triggered }: PaperOrder, candle: Candle): boolean {
  if (request.price === undefined || (request.stopPrice !== undefined && !triggered)) return false;
  return reachesLimit(request.side, request.price.toNumber(), favourableExtreme(request.side, candle));
}

/** Whether the adverse move meets the stop before the liquidation price. */
function isNearer({ request }: PaperOrder, liquidation: Liquidation, open: number): boolean {
  const stop = request.stopPrice?.toNumber() ?? Number.NaN;
  return request.side === OrderSide.SELL
    ? stop >= liquidation.level && open > liquidation.level
    : stop <= liquidation.level && open < liquidation.level;
}
