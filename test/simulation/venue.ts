import type { FundingPayment } from '../../src/services/exchanges/port/exchange.ts';
import type { MarketRules } from '../../src/services/exchanges/port/market-rules.ts';
import type { Fill, OrderPair, OrderReport, OrderRequest } from '../../src/services/exchanges/port/orders.ts';
import { decimal, Decimal } from '../../src/trading/money.ts';
import { OrderSide, OrderType } from '../../src/trading/order.ts';
import type { Dice } from './dice.ts';
import { VenueWallet } from './wallet.ts';

const zero = new Decimal(0);

/** What the venue takes its fees in: the quote asset, the asset received (as Binance does), or a coin of its own. */
export type FeeAsset = 'QUOTE' | 'RECEIVED' | 'THIRD';

/** How a stop and a target stand at the venue: beside each other; one only, since each ties up what it sells; or as a pair that ties it up once. */
export type GuardKind = 'SHARED' | 'EXCLUSIVE' | 'PAIRS';

export const market = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', third: 'BNB' } as const;

/** What an account has of the quote asset in the beginning, in all of its wallets. */
export const startMoney = 10_000;

/** What the market's rules are until the venue changes them. @param step of amounts */
export const rulesWith = (step: string): MarketRules => ({
  symbol: market.symbol,
  base: market.base,
  quote: market.quote,
  kind: 'SPOT',
  isActive: true,
  tickSize: decimal('0.01'),
  stepSize: decimal(step),
  minNotional: decimal(10),
  makerFeeRate: decimal('0.001'),
  takerFeeRate: decimal('0.001'),
});

export interface VenueOrder {
  readonly request: OrderRequest;
  readonly exchangeOrderId: string;
  /** Placed by a bot of ours; others belong to a person or another program on the same account. */
  readonly isOurs: boolean;
  /** The step of amounts when it was placed, by which it goes on. */
  readonly step: Decimal;
  status: 'ACCEPTED' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  filled: Decimal;
  isTriggered: boolean;
  updatedAt: number;
  reason?: string;
  /** The other one of its pair. */
  partner?: VenueOrder;
}

/** What the venue tells: the order as it stood then, and the fill that changed it. */
export interface VenueNews {
  readonly report: OrderReport;
  readonly fill?: Fill;
}

/** Why the venue placed nothing. */
export class VenueRefusal extends Error {
  readonly kind: 'DUPLICATE' | 'FUNDS' | 'REJECTED';

  constructor(kind: VenueRefusal['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface VenueOptions {
  /** The step of amounts in the beginning. */
  readonly step: string;
  readonly feeAsset: FeeAsset;
  /** How often a market order finds too little and fills in parts, 0 to 1. */
  readonly thinness: number;
  readonly guards: GuardKind;
  /** How much of the money lies in a funding wallet, if the account has one, and whether that takes ids. */
  readonly funding: { readonly amount: string; readonly takesIds: boolean } | undefined;
  readonly dice: Dice;
  readonly now: () => number;
}

/**
 * One account at a venue with strict books: the oracle that the program's ledger is compared with. It does what exchanges do, not what a bot
 * would like: client order ids are unique among open orders only, an order fills in parts, a cancel may come too late.
 */
export class Venue {
  readonly orders: VenueOrder[] = [];
  readonly fills: Fill[] = [];
  readonly payments: FundingPayment[] = [];
  readonly wallet: VenueWallet | undefined;
  readonly balances = new Map<string, Decimal>([
    [market.quote, decimal(startMoney)],
    [market.base, zero],
    [market.third, decimal(100)],
  ]);
  /** As they are now: exchanges change them without a word. */
  rules: MarketRules;
  /** The coarsest step that ever was, and the highest least value of an order. */
  coarsest: Decimal;
  highest: Decimal;
  isHalted = false;
  /** The next entry that is filled is filled beyond its amount. */
  overfillsNext = false;
  /** Told of each order that was canceled. */
  onCanceled: (order: VenueOrder) => void = () => undefined;
  onNews: (news: VenueNews) => void = () => undefined;
  onFunding: (payment: FundingPayment) => void = () => undefined;
  private readonly options: VenueOptions;
  private price = zero;
  /** Of positions that ended with less than a step: no order that may only reduce has anything to do with it. */
  private leftOver = zero;

  constructor(options: VenueOptions) {
    this.options = options;
    this.rules = rulesWith(options.step);
    this.coarsest = this.rules.stepSize;
    this.highest = this.rules.minNotional;
    const { funding, now } = options;
    if (!funding) return;
    const moves = (amount: Decimal): void => this.add(market.quote, amount);
    this.wallet = new VenueWallet({ amount: zero, takesIds: funding.takesIds, now, moves });
    this.wallet.putAway(decimal(funding.amount));
  }

  /** What only closes a position has to be worth as much as everything else, as on spot exchanges. */
  get holdsExitsToValue(): boolean {
    return this.options.guards !== 'SHARED';
  }

  /** @param endsOrders ends what rests, as some exchanges do; elsewhere it stays as it was placed */
  change(rules: Partial<MarketRules>, endsOrders: boolean): void {
    this.rules = { ...this.rules, ...rules };
    this.coarsest = Decimal.max(this.coarsest, this.rules.stepSize);
    this.highest = Decimal.max(this.highest, this.rules.minNotional);
    if (endsOrders)
      for (const order of this.open) if (isOpen(order) && order.isOurs) this.end(order, 'EXPIRED', 'the market has new filters');
  }

  balance(asset: string): Decimal {
    return this.balances.get(asset) ?? zero;
  }

  /** By client order id; the newest of several. */
  find(clientOrderId: string): VenueOrder | undefined {
    return this.orders.findLast(({ request }) => request.clientOrderId === clientOrderId);
  }

  get open(): readonly VenueOrder[] {
    return this.orders.filter(isOpen);
  }

  /** @throws VenueRefusal when nothing was placed */
  place(request: OrderRequest, isOurs = true): VenueOrder {
    if (isOurs) this.check(request);
    const order = this.entered(request, isOurs);
    this.tell(order);
    this.match(order);
    return order;
  }

  /** @throws VenueRefusal when nothing was placed */
  placePair({ stop, target }: OrderPair): readonly [VenueOrder, VenueOrder] {
    for (const request of [stop, target]) this.check(request);
    if (!stop.stopPrice?.lt(this.price) || !target.price?.gt(this.price))
      throw new VenueRefusal('REJECTED', 'the relationship of the prices is not correct');
    const [first, second] = [this.entered(stop, true), this.entered(target, true)];
    first.partner = second;
    second.partner = first;
    for (const order of [first, second]) this.tell(order);
    return [first, second];
  }

  private entered(request: OrderRequest, isOurs: boolean): VenueOrder {
    const order: VenueOrder = {
      request,
      exchangeOrderId: `v${1_000 + this.orders.length}`,
      isOurs,
      step: this.rules.stepSize,
      status: 'ACCEPTED',
      filled: zero,
      isTriggered: request.stopPrice === undefined,
      updatedAt: this.options.now(),
    };
    this.orders.push(order);
    return order;
  }

  private check(request: OrderRequest): void {
    const { clientOrderId, amount, side, type } = request;
    if (this.isHalted || this.rules.isActive === false) throw new VenueRefusal('REJECTED', 'the market is halted');
    if (this.open.some((order) => order.request.clientOrderId === clientOrderId))
      throw new VenueRefusal('DUPLICATE', `duplicate order ${clientOrderId}`);
    if (!amount.gt(0) || !amount.mod(this.rules.stepSize).isZero())
      throw new VenueRefusal('REJECTED', 'filter failure: LOT_SIZE');
    const price = request.price ?? request.stopPrice ?? this.price;
    for (const level of [request.price, request.stopPrice])
      if (level && !level.mod(this.rules.tickSize).isZero()) throw new VenueRefusal('REJECTED', 'filter failure: PRICE_FILTER');
    if ((!request.reduceOnly || this.holdsExitsToValue) && price.mul(amount).lt(this.rules.minNotional))
      throw new VenueRefusal('REJECTED', 'filter failure: NOTIONAL');
    if (request.reduceOnly && !this.reducible(request, this.rules.stepSize).gt(0))
      throw new VenueRefusal('REJECTED', 'there is nothing to reduce');
    if (side === OrderSide.SELL && this.options.guards !== 'SHARED' && amount.gt(this.free))
      throw new VenueRefusal('FUNDS', 'the account has insufficient balance: it is held by other orders');
    const isShort =
      side === OrderSide.BUY && type === OrderType.MARKET && price.mul(amount).gt(this.balance(market.quote).mul('1.001'));
    if (isShort) throw new VenueRefusal('FUNDS', 'the account has insufficient balance');
  }

  cancel(clientOrderId: string): VenueOrder | undefined {
    const order = this.find(clientOrderId);
    if (order && isOpen(order)) {
      this.end(order, 'CANCELED');
      if (order.partner && isOpen(order.partner)) this.end(order.partner, 'CANCELED');
      this.onCanceled(order);
    }
    return order;
  }

  /** The matching had taken the order before its cancel came: that becomes known only now. */
  fillLate(order: VenueOrder): void {
    const { request, step } = order;
    const left = request.amount.sub(order.filled);
    const wanted = request.reduceOnly ? Decimal.min(left, this.reducible(request, step)) : left;
    const amount = wanted.div(3).div(step).floor().mul(step);
    if (!amount.gt(0) || this.isHalted) return;
    order.filled = order.filled.add(amount);
    order.updatedAt = this.options.now();
    this.tell(order, this.booked(order, this.price, amount));
    this.endReduced();
  }

  /** The market has moved, or time has passed: what can fill does. */
  move(price: Decimal): void {
    this.price = price;
    if (this.isHalted) return;
    for (const order of this.open) this.match(order);
  }

  /** What of the base asset is not held by orders to sell it; a pair holds it once. */
  private get free(): Decimal {
    const sells = this.open.filter(({ request }) => request.side === OrderSide.SELL);
    const holding = sells.filter(({ partner, request }) => !partner || !isOpen(partner) || request.stopPrice !== undefined);
    return holding.reduce((free, { request, filled }) => free.sub(request.amount.sub(filled)), this.balance(market.base));
  }

  private match(order: VenueOrder): void {
    if (!isOpen(order)) return;
    const { type, side, price, stopPrice } = order.request;
    const isBuy = side === OrderSide.BUY;
    if (!order.isTriggered) {
      if (!stopPrice || (isBuy ? this.price.lt(stopPrice) : this.price.gt(stopPrice))) return;
      order.isTriggered = true;
      this.endPartner(order);
    }
    if (price && (isBuy ? this.price.gt(price) : this.price.lt(price))) return;
    const { dice, thinness } = this.options;
    const at = type === OrderType.LIMIT && price ? price : this.slipped(isBuy);
    for (let parts = 0; isOpen(order) && parts < 3; parts++) {
      const isThin = dice.chance(thinness);
      this.fill(order, at, isThin);
      // The rest waits for the next price.
      if (isThin && dice.chance(0.5)) return;
    }
  }

  /** As soon as one of a pair goes off or begins to fill, the other is no more. */
  private endPartner({ partner }: VenueOrder): void {
    if (partner && isOpen(partner)) this.end(partner, 'EXPIRED', 'the other order of its pair was reached');
  }

  private slipped(isBuy: boolean): Decimal {
    const slip = this.options.dice.between(0, 5) / 10_000;
    return this.price
      .mul(isBuy ? 1 + slip : 1 - slip)
      .div(this.rules.tickSize)
      .round()
      .mul(this.rules.tickSize);
  }

  private reducible({ side }: OrderRequest, step: Decimal): Decimal {
    if (side === OrderSide.BUY) return zero;
    return this.balance(market.base).sub(this.leftOver).div(step).floor().mul(step);
  }

  private fill(order: VenueOrder, price: Decimal, isPart: boolean): void {
    const { request, step } = order;
    const left = request.amount.sub(order.filled);
    const wanted = request.reduceOnly ? Decimal.min(left, this.reducible(request, step)) : left;
    const part = wanted.mul(this.options.dice.between(1, 9)).div(10).div(step).floor().mul(step);
    const amount = isPart && part.gt(0) ? part : wanted;
    if (!amount.gt(0)) return this.end(order, 'EXPIRED', 'the position is closed');
    this.endPartner(order);
    order.filled = order.filled.add(amount);
    order.status = order.filled.gte(request.amount) ? 'FILLED' : 'PARTIALLY_FILLED';
    order.updatedAt = this.options.now();
    const fill = this.booked(order, price, amount);
    if (this.balance(market.base).sub(this.leftOver).lt(Decimal.min(step, this.rules.stepSize)))
      this.leftOver = this.balance(market.base);
    this.tell(order, fill);
    if (order.status === 'FILLED' && !request.reduceOnly && this.overfillsNext) this.overfill(order, price);
    this.endReduced();
  }

  /** The matching has made a mistake, as exchanges do once in a while, and stands by it. */
  private overfill(order: VenueOrder, price: Decimal): void {
    this.overfillsNext = false;
    const amount = order.request.amount.div(10).div(order.step).ceil().mul(order.step);
    order.filled = order.filled.add(amount);
    this.tell(order, this.booked(order, price, amount));
  }

  /** Orders that may only reduce end with what they were to reduce. */
  private endReduced(): void {
    for (const other of this.open)
      if (other.request.reduceOnly && !this.reducible(other.request, other.step).gt(0))
        this.end(other, 'EXPIRED', 'the position is closed');
  }

  private booked({ request, exchangeOrderId, updatedAt }: VenueOrder, price: Decimal, amount: Decimal): Fill {
    const { side, clientOrderId, symbol, type } = request;
    const isBuy = side === OrderSide.BUY;
    const value = price.mul(amount);
    const { feeAsset } = this.options;
    const isInBase = feeAsset === 'RECEIVED' && isBuy;
    const feeCurrency = feeAsset === 'THIRD' ? market.third : isInBase ? market.base : market.quote;
    const due = feeAsset === 'THIRD' ? value.div(500) : isInBase ? amount : value;
    const fee = due.mul(this.rules.takerFeeRate).toDecimalPlaces(8);
    this.add(market.base, isBuy ? amount : amount.neg());
    this.add(market.quote, isBuy ? value.neg() : value);
    this.add(feeCurrency, fee.neg());
    const fill: Fill = {
      exchangeTradeId: `t${5_000 + this.fills.length}`,
      exchangeOrderId,
      clientOrderId,
      symbol,
      side,
      price,
      amount,
      fee,
      feeCurrency,
      liquidity: type === OrderType.LIMIT ? 'MAKER' : 'TAKER',
      at: updatedAt,
    };
    this.fills.push(fill);
    return fill;
  }

  /** What is held pays funding, or is paid. @param rate of its value */
  fund(rate: number): void {
    const held = this.balance(market.base).sub(this.leftOver);
    if (!held.gt(0)) return;
    const paid = held.mul(this.price).mul(rate).toDecimalPlaces(8);
    this.add(market.quote, paid.neg());
    const payment: FundingPayment = { symbol: market.symbol, at: this.options.now(), paid };
    this.payments.push(payment);
    this.onFunding(payment);
  }

  /** Money that comes or goes by other ways than orders of this account's bots. */
  add(asset: string, amount: Decimal): void {
    this.balances.set(asset, this.balance(asset).add(amount));
  }

  private end(order: VenueOrder, status: 'CANCELED' | 'EXPIRED', reason?: string): void {
    order.status = status;
    order.updatedAt = this.options.now();
    if (reason !== undefined) order.reason = reason;
    this.tell(order);
  }

  private tell(order: VenueOrder, fill?: Fill): void {
    this.onNews({ report: reportOf(order), ...(fill && { fill }) });
  }
}

export function isOpen({ status }: VenueOrder): boolean {
  return status === 'ACCEPTED' || status === 'PARTIALLY_FILLED';
}

export function reportOf({ request, exchangeOrderId, status, filled, updatedAt, reason }: VenueOrder): OrderReport {
  const { clientOrderId, symbol, side, type, amount, price, stopPrice, reduceOnly = false } = request;
  return {
    clientOrderId,
    exchangeOrderId,
    symbol,
    side,
    type,
    amount,
    filledAmount: filled,
    ...(price && { price }),
    ...(stopPrice && { stopPrice }),
    reduceOnly,
    status,
    ...(reason !== undefined && { reason }),
    updatedAt,
  };
}
