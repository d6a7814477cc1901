import { type Decimal, decimal } from '../../../src/trading/money.ts';
import { venueErrors } from './errors.ts';
import type { VenueSymbol } from './symbols.ts';

/** What an order asks for, as it came over the wire. */
export interface VenueOrderRequest {
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: string;
  readonly quantity: string;
  readonly price?: string;
  readonly stopPrice?: string;
  readonly timeInForce?: string;
  readonly clientOrderId: string;
}

export interface VenueTrade {
  readonly id: number;
  readonly orderId: number;
  readonly symbol: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly commission: Decimal;
  readonly commissionAsset: string;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
  readonly time: number;
}

export interface VenueOrder {
  readonly id: number;
  readonly request: VenueOrderRequest;
  readonly symbol: VenueSymbol;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly stopPrice: Decimal;
  readonly time: number;
  status: 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  executed: Decimal;
  quoteExecuted: Decimal;
  updateTime: number;
  /** False while a stop waits. */
  isWorking: boolean;
  /** Of the pair that it belongs to. */
  readonly list?: VenuePair;
  /** Of a pair only one order ties up the holding. */
  isHolding: boolean;
  readonly trades: VenueTrade[];
}

/** Two orders of which one ends when the other begins to fill, or is canceled. */
export interface VenuePair {
  readonly id: number;
  readonly clientOrderId: string;
  readonly orders: VenueOrder[];
}

/** News of the account: what `executionReport` tells. */
export interface VenueExecution {
  readonly kind: 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED';
  readonly order: VenueOrder;
  readonly trade?: VenueTrade;
  /** The order as it stood then: events may be sent later than they happened. */
  readonly status: VenueOrder['status'];
  readonly executed: Decimal;
  readonly at: number;
}

/** An amount that was brought from the funding wallet into the one that is traded from. */
export interface VenueTransfer {
  readonly id: number;
  /** The client's, where the exchange takes one. */
  readonly clientId: string | undefined;
  readonly asset: string;
  readonly amount: Decimal;
  readonly time: number;
  status: 'DONE' | 'PENDING' | 'FAILED';
}

export interface LedgerOptions {
  readonly symbols: readonly VenueSymbol[];
  readonly balances: Readonly<Record<string, string>>;
  readonly now: () => number;
  /** What fees are taken in: the asset received, as Binance does it, the quote asset, or BNB. */
  readonly feeAsset?: 'RECEIVED' | 'QUOTE' | 'BNB';
  readonly feeRate?: string;
  /** What is in the wallet of deposits; nothing unless told. */
  readonly funding?: Readonly<Record<string, string>>;
  /** Trades that a market order is cut into. */
  readonly tradesPerOrder?: number;
}

const zero = decimal(0);

/** The books of the venue, and its matching: one price per symbol, set by the test. They are the truth that tests compare with. */
export class VenueLedger {
  readonly orders: VenueOrder[] = [];
  readonly trades: VenueTrade[] = [];
  readonly balances = new Map<string, { free: Decimal; locked: Decimal }>();
  /** The wallet of deposits. */
  readonly funding = new Map<string, Decimal>();
  readonly transfers: VenueTransfer[] = [];
  /** Whether transfers are taken and carried out later, by `carryOut`. */
  isTransferSlow = false;
  private readonly bySymbol: Map<string, VenueSymbol>;
  onExecution: (execution: VenueExecution) => void = () => undefined;
  private readonly options: LedgerOptions;
  private readonly prices = new Map<string, Decimal>();

  constructor(options: LedgerOptions) {
    this.options = options;
    this.bySymbol = new Map(options.symbols.map((symbol) => [symbol.id, symbol]));
    for (const [asset, amount] of Object.entries(options.balances))
      this.balances.set(asset, { free: decimal(amount), locked: zero });
    for (const [asset, amount] of Object.entries(options.funding ?? {})) this.funding.set(asset, decimal(amount));
  }

  /** Brings an amount from the funding wallet. @throws VenueError when there is too little in it, or the id is taken */
  bring(asset: string, amount: Decimal, clientId?: string): VenueTransfer {
    if (clientId !== undefined && this.transfers.some((other) => other.clientId === clientId)) throw venueErrors.transferExists();
    if ((this.funding.get(asset) ?? zero).lt(amount)) throw venueErrors.fundingInsufficient();
    const transfer: VenueTransfer = {
      id: 118_000 + this.transfers.length,
      clientId,
      asset,
      amount,
      time: this.options.now(),
      status: 'PENDING',
    };
    this.transfers.push(transfer);
    if (!this.isTransferSlow) this.carryOut(transfer);
    return transfer;
  }

  carryOut(transfer: VenueTransfer): void {
    const { asset, amount } = transfer;
    this.funding.set(asset, (this.funding.get(asset) ?? zero).sub(amount));
    this.add(asset, amount);
    transfer.status = 'DONE';
  }

  get symbols(): readonly VenueSymbol[] {
    return [...this.bySymbol.values()];
  }

  /** Changes a market's filters, or halts it. */
  change(id: string, changes: Partial<VenueSymbol>): void {
    this.bySymbol.set(id, { ...this.symbol(id), ...changes });
  }

  symbol(id: string | undefined): VenueSymbol {
    const symbol = this.bySymbol.get(id ?? '');
    if (!symbol) throw venueErrors.badSymbol();
    return symbol;
  }

  price(symbol: string): Decimal {
    return this.prices.get(symbol) ?? decimal(10_000);
  }

  /**
   * Moves the market: stops that it reaches go off, limit orders that it reaches fill at their price.
   * @param available at most so much of each order is filled; everything when left out
   */
  setPrice(symbol: string, price: string | number, available?: string): void {
    this.prices.set(symbol, decimal(price));
    for (const order of this.orders) {
      if (order.symbol.id !== symbol || !isOpen(order)) continue;
      if (!order.isWorking) {
        if (!this.reachesStop(order)) continue;
        order.isWorking = true;
        this.endPartner(order);
        if (order.request.type === 'STOP_LOSS') {
          this.fill(order, this.price(symbol), order.quantity, false);
          continue;
        }
      }
      if (this.crosses(order)) this.fill(order, order.price, least(order.quantity.sub(order.executed), available), true);
    }
  }

  place(request: VenueOrderRequest): VenueOrder {
    const symbol = this.symbol(request.symbol);
    const order = this.checked(request, symbol);
    this.lock(order, order.quantity);
    this.orders.push(order);
    this.tell('NEW', order);
    const { type, timeInForce } = request;
    if (type === 'MARKET') this.fillInParts(order);
    else if (order.isWorking && this.crosses(order)) this.fill(order, this.price(symbol.id), order.quantity, false);
    if (isOpen(order) && type === 'LIMIT' && (timeInForce === 'IOC' || timeInForce === 'FOK')) this.end(order, 'EXPIRED');
    return order;
  }

  /** Places a limit above the price and a stop below it, to sell the same quantity once; both or neither. */
  placePair(clientOrderId: string, above: VenueOrderRequest, below: VenueOrderRequest): VenuePair {
    const list: VenuePair = { id: 1 + this.orders.length, clientOrderId, orders: [] };
    const last = this.price(above.symbol);
    if (!last.lt(read('abovePrice', above.price)) || !last.gt(read('belowStopPrice', below.stopPrice)))
      throw venueErrors.pricesOfPair();
    const symbol = this.symbol(above.symbol);
    for (const request of [above, below]) list.orders.push(this.checked(request, symbol, list));
    for (const order of list.orders) {
      order.isHolding = order === list.orders[0];
      this.lock(order, order.quantity);
      this.orders.push(order);
      this.tell('NEW', order);
    }
    return list;
  }

  /** What belongs to a pair ends with the other: expired when that begins to fill, canceled with it. */
  private endPartner(order: VenueOrder, status: 'CANCELED' | 'EXPIRED' = 'EXPIRED'): void {
    const partner = order.list?.orders.find((other) => other !== order);
    if (!partner || !isOpen(partner)) return;
    this.end(partner, status);
    if (!isOpen(order) || order.isHolding) return;
    order.isHolding = true;
    this.lock(order, order.quantity.sub(order.executed));
  }

  cancel(symbol: string | undefined, orderId: string | undefined, clientOrderId: string | undefined): VenueOrder {
    const order = this.find(symbol, orderId, clientOrderId);
    if (!order || !isOpen(order)) throw venueErrors.unknownOrder();
    this.end(order, 'CANCELED');
    this.endPartner(order, 'CANCELED');
    return order;
  }

  /** By either id; of several with one client order id the newest, as Binance answers. */
  find(symbol: string | undefined, orderId: string | undefined, clientOrderId: string | undefined): VenueOrder | undefined {
    const { id } = this.symbol(symbol);
    return this.orders.findLast(
      (order) =>
        order.symbol.id === id &&
        (orderId === undefined ? order.request.clientOrderId === clientOrderId : String(order.id) === orderId),
    );
  }

  openOrders(symbol?: string): VenueOrder[] {
    return this.orders.filter((order) => isOpen(order) && (symbol === undefined || order.symbol.id === symbol));
  }

  private checked(request: VenueOrderRequest, symbol: VenueSymbol, list?: VenuePair): VenueOrder {
    const { type, side, clientOrderId } = request;
    if (symbol.isHalted) throw venueErrors.halted();
    const quantity = read('quantity', request.quantity);
    const isLimit = type === 'LIMIT' || type === 'LIMIT_MAKER' || type === 'STOP_LOSS_LIMIT';
    const isStop = type === 'STOP_LOSS' || type === 'STOP_LOSS_LIMIT';
    const price = isLimit ? read('price', request.price) : zero;
    const stopPrice = isStop ? read('stopPrice', request.stopPrice) : zero;
    if (quantity.lt(symbol.minQty) || quantity.gt(symbol.maxQty) || !quantity.mod(symbol.stepSize).isZero())
      throw venueErrors.filter('LOT_SIZE');
    if (!price.mod(symbol.tickSize).isZero() || !stopPrice.mod(symbol.tickSize).isZero())
      throw venueErrors.filter('PRICE_FILTER');
    const value = isLimit ? price : isStop ? stopPrice : this.price(symbol.id);
    if (value.mul(quantity).lt(symbol.minNotional)) throw venueErrors.filter('NOTIONAL');
    if (this.openOrders().some((open) => open.request.clientOrderId === clientOrderId)) throw venueErrors.duplicate();
    const time = this.options.now();
    const order: VenueOrder = {
      id: 1_000_001 + this.orders.length + (list?.orders.length ?? 0),
      request,
      symbol,
      quantity,
      price,
      stopPrice,
      time,
      status: 'NEW',
      executed: zero,
      quoteExecuted: zero,
      updateTime: time,
      isWorking: !isStop,
      ...(list && { list }),
      isHolding: true,
      trades: [],
    };
    if (isStop && this.reachesStop(order)) throw venueErrors.wouldTrigger();
    if (type === 'LIMIT_MAKER' && this.crosses(order)) throw venueErrors.wouldTake();
    const held = this.held(order, quantity);
    if (this.balance(side === 'BUY' ? symbol.quote : symbol.base).free.lt(held)) throw venueErrors.insufficient();
    return order;
  }

  private reachesStop({ symbol, stopPrice, request }: VenueOrder): boolean {
    const price = this.price(symbol.id);
    return request.side === 'BUY' ? price.gte(stopPrice) : price.lte(stopPrice);
  }

  private crosses({ symbol, price, request }: VenueOrder): boolean {
    const last = this.price(symbol.id);
    return price.gt(0) && (request.side === 'BUY' ? last.lte(price) : last.gte(price));
  }

  private fillInParts(order: VenueOrder): void {
    const parts = this.options.tradesPerOrder ?? 1;
    const part = order.quantity.div(parts).div(order.symbol.stepSize).floor().mul(order.symbol.stepSize);
    for (let i = 1; i < parts; i++) this.fill(order, this.price(order.symbol.id), part, false);
    this.fill(order, this.price(order.symbol.id), order.quantity.sub(order.executed), false);
  }

  private fill(order: VenueOrder, price: Decimal, quantity: Decimal, isMaker: boolean): void {
    if (!quantity.gt(0)) return;
    this.endPartner(order);
    const { symbol, request } = order;
    const isBuyer = request.side === 'BUY';
    const value = price.mul(quantity);
    this.lock(order, quantity.neg());
    this.add(symbol.base, isBuyer ? quantity : quantity.neg());
    this.add(symbol.quote, isBuyer ? value.neg() : value);
    const { feeAsset = 'RECEIVED', feeRate = '0.001' } = this.options;
    const received = isBuyer ? quantity : value;
    const fee =
      feeAsset === 'RECEIVED' ? received.mul(feeRate) : feeAsset === 'QUOTE' ? value.mul(feeRate) : value.mul(feeRate).div(500);
    const commission = fee.toDecimalPlaces(8);
    const commissionAsset = feeAsset === 'BNB' ? 'BNB' : feeAsset === 'QUOTE' || !isBuyer ? symbol.quote : symbol.base;
    this.add(commissionAsset, commission.neg());
    const trade: VenueTrade = {
      id: 28_457 + this.trades.length,
      orderId: order.id,
      symbol: symbol.id,
      price,
      quantity,
      commission,
      commissionAsset,
      isBuyer,
      isMaker,
      time: this.options.now(),
    };
    this.trades.push(trade);
    order.trades.push(trade);
    order.executed = order.executed.add(quantity);
    order.quoteExecuted = order.quoteExecuted.add(value);
    order.status = order.executed.eq(order.quantity) ? 'FILLED' : 'PARTIALLY_FILLED';
    order.updateTime = trade.time;
    this.tell('TRADE', order, trade);
  }

  private end(order: VenueOrder, status: 'CANCELED' | 'EXPIRED'): void {
    this.lock(order, order.executed.sub(order.quantity));
    order.status = status;
    order.updateTime = this.options.now();
    this.tell(status, order);
  }

  private tell(kind: VenueExecution['kind'], order: VenueOrder, trade?: VenueTrade): void {
    const { status, executed, updateTime } = order;
    this.onExecution({ kind, order, ...(trade && { trade }), status, executed, at: updateTime });
  }

  private held({ request, price, stopPrice, symbol }: VenueOrder, quantity: Decimal): Decimal {
    if (request.side === 'SELL') return quantity;
    const level = price.gt(0) ? price : stopPrice.gt(0) ? stopPrice : this.price(symbol.id);
    return level.mul(quantity);
  }

  /** Ties up what an open order may spend, or frees it when the quantity is negative. Market orders tie up nothing. */
  private lock(order: VenueOrder, quantity: Decimal): void {
    if (order.request.type === 'MARKET' || !order.isHolding) return;
    const balance = this.balance(order.request.side === 'BUY' ? order.symbol.quote : order.symbol.base);
    const held = this.held(order, quantity);
    balance.free = balance.free.sub(held);
    balance.locked = balance.locked.add(held);
  }

  private add(asset: string, amount: Decimal): void {
    const balance = this.balance(asset);
    balance.free = balance.free.add(amount);
  }

  balance(asset: string): { free: Decimal; locked: Decimal } {
    let balance = this.balances.get(asset);
    if (!balance) this.balances.set(asset, (balance = { free: zero, locked: zero }));
    return balance;
  }
}

export function isOpen({ status }: VenueOrder): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED';
}

function least(amount: Decimal, available: string | undefined): Decimal {
  return available === undefined || amount.lt(available) ? amount : decimal(available);
}

function read(name: string, text: string | undefined): Decimal {
  if (text === undefined) throw venueErrors.missing(name);
  return decimal(text);
}
