import type { Candle } from '../../../trading/candle.ts';
import { canonical } from '../../../trading/money.ts';
import { Liquidity, OrderStatus, OrderType, TimeInForce } from '../../../trading/order.ts';
import { DomainError } from '../../errors.ts';
import type { CandleUpdate } from '../port/market-data.ts';
import type { OrderRequest } from '../port/orders.ts';
import { PaperBook, type PaperBookOptions } from './book.ts';
import type { PaperLedger } from './ledger.ts';
import { checkOrder, isOpen, type PaperOrder } from './order.ts';
import { marketPrice, reachesLimit, reachesStop } from './prices.ts';
import { RestingOrders } from './resting.ts';

/** The newest candle of one market. */
interface Current {
  readonly openTime: number;
  readonly open: number;
  last: number;
  /** Set once it has closed, until the next one is seen. */
  closed?: Candle;
  /** What was placed or entered since it closed, although it belongs to this candle. */
  readonly late: Set<PaperOrder>;
}

/**
 * The matching of the paper exchange, without time or storage: told what the market does, it books what that does to an account's orders.
 *
 * Market orders fill at once: at the open of the candle they were decided for, or at the last price when they were not decided on a
 * candle. Resting orders fill when the candle closes, by the whole candle, because only then is known what a backtest would know; what is placed
 * inside a candle is matched against the prices seen for the rest of it.
 */
export class PaperEngine {
  readonly book: PaperBook;
  private readonly options: PaperBookOptions;
  private readonly ledger: PaperLedger;
  private readonly resting: RestingOrders;
  private readonly slippage: number;
  private readonly current = new Map<string, Current>();

  constructor(options: PaperBookOptions) {
    this.options = options;
    this.ledger = options.ledger;
    this.book = new PaperBook(options);
    this.resting = new RestingOrders(options, this.book);
    this.slippage = options.account.slippagePercent / 100;
  }

  /**
   * Places an order, and fills it if it can fill now.
   * @throws DomainError EXCHANGE_REJECTED or INSUFFICIENT_BALANCE; nothing was placed then
   */
  submit(request: OrderRequest): PaperOrder {
    const { clientOrderId, symbol, side, type, price } = request;
    const current = this.current.get(symbol);
    this.check(request, current);
    const marketNow = type === OrderType.MARKET && current ? this.marketPriceNow(request, current) : undefined;
    const value = marketNow ?? (price ?? request.stopPrice)?.toNumber();
    const shortage = value === undefined || request.reduceOnly ? undefined : this.book.shortage(request, request.amount, value);
    if (shortage !== undefined) throw new DomainError('INSUFFICIENT_BALANCE', shortage, { details: { clientOrderId } });

    const inside = current && price && type === OrderType.LIMIT && reachesLimit(side, price.toNumber(), current.last);
    if (inside && request.timeInForce === TimeInForce.POST_ONLY)
      throw rejected(`a POST_ONLY order at ${canonical(price)} would fill at once: the last price is ${current.last}`, request);

    const order = this.book.place(request, activeFrom(request, current));
    if (current) {
      const placedInside = isInside(order, current) && type !== OrderType.MARKET;
      if (marketNow !== undefined) this.book.fill(order, marketNow, Liquidity.TAKER, current.openTime);
      else if (inside && placedInside) this.book.fill(order, current.last, Liquidity.TAKER, current.openTime);
      else if (placedInside) this.tick(order, current);
      if (current.closed && order.activeFrom <= current.openTime) current.late.add(order);
    }
    if (isOpen(order) && price && (request.timeInForce === TimeInForce.IOC || request.timeInForce === TimeInForce.FOK))
      this.book.end(order, OrderStatus.EXPIRED, `${request.timeInForce}: the market does not offer ${canonical(price)} now`);
    return order;
  }

  /**
   * Matches what came after a candle's close but belongs to that candle: the entry that waited for a gapped stop, and its protection. Called when nothing
   * more of it is under way, so that stop and target are there together.
   */
  settle(): void {
    for (const [symbol, { closed, late }] of this.current) {
      if (closed && late.size > 0) this.resting.protect(symbol, closed, { openedInside: false, only: new Set(late) });
      late.clear();
    }
  }

  cancel(order: PaperOrder): void {
    if (isOpen(order)) this.book.end(order, OrderStatus.CANCELED);
  }

  /** What the market did. Updates come in order; one that is older than the last is ignored. */
  update(symbol: string, { candle, isClosed }: CandleUpdate): void {
    this.settle();
    let current = this.current.get(symbol);
    const newest = Math.max(this.ledger.lastCandle.get(symbol) ?? -1, (current?.openTime ?? 0) - 1);
    if (candle.openTime <= newest) return;
    if (!current || candle.openTime > current.openTime) {
      current = { openTime: candle.openTime, open: candle.open, last: candle.close, late: new Set() };
      this.current.set(symbol, current);
      this.book.fund(symbol, candle.openTime, candle.open);
      if (!this.resting.isGapped(symbol, candle.openTime, candle.open)) this.fillWaiting(symbol, current);
    } else current.last = candle.close;
    for (const order of this.ledger.openOrders(symbol)) if (isInside(order, current)) this.tick(order, current);
    if (!isClosed) return;
    if (this.resting.isGapped(symbol, candle.openTime, candle.open)) {
      this.resting.protect(symbol, candle, { openedInside: false });
      this.fillWaiting(symbol, current);
    }
    this.resting.closed(symbol, candle);
    current.closed = candle;
    this.ledger.lastCandle.set(symbol, candle.openTime);
  }

  /** Whether an update could change nothing but the last price. */
  isIdle(symbol: string): boolean {
    return this.ledger.position(symbol).side === null && this.ledger.openOrders(symbol).length === 0;
  }

  private check(request: OrderRequest, current: Current | undefined): void {
    const { clientOrderId, symbol, side } = request;
    const rules = this.options.rulesOf(symbol);
    const known = this.ledger.orders.get(clientOrderId);
    if (known)
      throw new DomainError(
        'EXCHANGE_UNAVAILABLE',
        `client order id ${clientOrderId} is taken by an order that is ${known.status}`,
        {
          details: { clientOrderId, kind: 'DUPLICATE' },
        },
      );
    checkOrder(request, rules, current?.last);
    if (request.reduceOnly && this.ledger.reducible(side, rules).lt(rules.stepSize))
      throw rejected(`there is no position in ${symbol} that a ${side} could reduce`, request);
  }

  /** Market orders that waited for a price: the open of the candle they were decided for, or whatever is first seen. */
  private fillWaiting(symbol: string, { openTime, open, last }: Current): void {
    for (const order of this.ledger.openOrders(symbol)) {
      const { type, side, decidedAt } = order.request;
      if (type !== OrderType.MARKET || order.activeFrom > openTime) continue;
      this.book.fill(order, marketPrice(side, decidedAt === undefined ? last : open, this.slippage), Liquidity.TAKER, openTime);
    }
  }

  /** Matches an order that was placed inside the current candle against the last price. */
  private tick(order: PaperOrder, { openTime, last }: Current): void {
    const { side, type, price, stopPrice } = order.request;
    if (stopPrice && !order.triggered && !reachesStop(side, stopPrice.toNumber(), last)) return;
    if (type === OrderType.STOP) this.book.fill(order, marketPrice(side, last, this.slippage), Liquidity.TAKER, openTime);
    if (type === OrderType.STOP_LIMIT) order.triggered = true;
    if (price && reachesLimit(side, price.toNumber(), last)) this.book.fill(order, price.toNumber(), Liquidity.MAKER, openTime);
  }

  /** The price at which a market order fills now; undefined when it must wait for its open, or for the stop that the open has gapped through. */
  private marketPriceNow({ symbol, side, decidedAt }: OrderRequest, current: Current): number | undefined {
    const late = decidedAt === undefined || decidedAt < current.openTime;
    if (!late && (decidedAt > current.openTime || this.resting.isGapped(symbol, current.openTime, current.open)))
      return undefined;
    return marketPrice(side, late ? current.last : current.open, this.slippage);
  }
}

/** Whether an order was placed inside the candle, after its open. */
function isInside(order: PaperOrder, current: Current): boolean {
  return order.activeFrom === current.openTime + 1;
}

/** From which candle on an order is matched by the whole candle; a moment after the open of the candle inside which it was placed. */
function activeFrom({ decidedAt }: OrderRequest, current: Current | undefined): number {
  if (!current) return decidedAt ?? 0;
  return decidedAt !== undefined && decidedAt >= current.openTime ? decidedAt : current.openTime + 1;
}

function rejected(message: string, request: OrderRequest): DomainError {
  return new DomainError('EXCHANGE_REJECTED', message, { details: { clientOrderId: request.clientOrderId } });
}
