import { BotState } from '../../src/entities/trading/BotState.ts';
import { ClosedTrade } from '../../src/entities/trading/ClosedTrade.ts';
import { Order } from '../../src/entities/trading/Order.ts';
import { Position } from '../../src/entities/trading/Position.ts';
import { Trade } from '../../src/entities/trading/Trade.ts';
import type { Database } from '../../src/services/database/index.ts';
import type { LoggedEvent } from '../../src/services/events/event.ts';
import type { Fill } from '../../src/services/exchanges/port/orders.ts';
import { canonical, Decimal } from '../../src/trading/money.ts';
import { isTerminal, type OrderStatus } from '../../src/trading/order.ts';
import { positionOf, realizedPnl, writtenOff } from '../../src/trading/position.ts';
import { type GuardKind, isOpen, market, startMoney, type Venue } from './venue.ts';
import { leadsTo } from './watch.ts';

const zero = new Decimal(0);
const sum = (values: readonly Decimal[]): Decimal => values.reduce<Decimal>((total, value) => total.add(value), zero);

/** What the program has stored of one bot. */
export interface Books {
  readonly orders: readonly Order[];
  readonly trades: readonly Trade[];
  readonly positions: readonly Position[];
  readonly closed: readonly ClosedTrade[];
  readonly state: BotState;
}

export async function booksOf(database: Database, botId: string): Promise<Books> {
  const em = database.system();
  const bot = { bot: botId };
  return {
    orders: await em.find(Order, bot, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    trades: await em.find(Trade, bot, { orderBy: { executedAt: 'asc', id: 'asc' } }),
    positions: await em.find(Position, bot),
    closed: await em.find(ClosedTrade, bot),
    state: await em.findOneOrFail(BotState, bot),
  };
}

/** Compares the program's books of a bot with the venue's, and with themselves. @returns what does not hold */
export function checkBooks(books: Books, venue: Venue, wasRestored: boolean): string[] {
  return [
    ...checkFills(books, venue),
    ...checkOrders(books, venue, wasRestored),
    ...checkPositions(books, venue),
    ...checkHoldings(books, venue),
    ...checkFunding(books, venue),
  ];
}

/** Every fill of ours is booked exactly once, as it was; nothing else is. */
function checkFills({ trades, orders }: Books, venue: Venue): string[] {
  const found: string[] = [];
  const ours = new Set(venue.orders.filter(({ isOurs }) => isOurs).map(({ exchangeOrderId }) => exchangeOrderId));
  const fills = new Map(venue.fills.filter((fill) => ours.has(fill.exchangeOrderId)).map((fill) => [fill.exchangeTradeId, fill]));
  const owners = new Map(orders.map(({ id, clientOrderId }) => [id, clientOrderId]));
  const booked = new Set<string>();
  for (const trade of trades) {
    const fill = fills.get(trade.exchangeTradeId);
    if (!fill) found.push(`trade ${trade.exchangeTradeId} is booked, but no fill of ours`);
    else if (textOf(trade, owners.get(trade.order.id)) !== textOf(fill, fill.clientOrderId))
      found.push(`trade ${textOf(trade, owners.get(trade.order.id))} should be ${textOf(fill, fill.clientOrderId)}`);
    if (booked.has(trade.exchangeTradeId)) found.push(`fill ${trade.exchangeTradeId} is booked twice`);
    booked.add(trade.exchangeTradeId);
  }
  for (const id of fills.keys()) if (!booked.has(id)) found.push(`fill ${id} of ${fills.get(id)?.clientOrderId} is not booked`);
  return found;
}

function textOf(
  {
    exchangeTradeId,
    side,
    price,
    amount,
    fee,
    feeCurrency,
  }: Pick<Fill, 'exchangeTradeId' | 'side' | 'price' | 'amount' | 'fee' | 'feeCurrency'>,
  order: string | undefined,
): string {
  return `${exchangeTradeId} of ${order}: ${side} ${canonical(amount)} at ${canonical(price)}, fee ${canonical(fee)} ${feeCurrency}`;
}

/**
 * Orders are what the venue says they are, and none of ours is there without a row. After a restored backup, rows are missing of orders that have
 * ended without a fill: nobody needs them, and exchanges do not list them.
 */
function checkOrders({ orders, trades }: Books, venue: Venue, wasRestored: boolean): string[] {
  const found: string[] = [];
  const rows = new Set(orders.map(({ clientOrderId }) => clientOrderId));
  const seen = new Set<string>();
  for (const order of venue.orders) {
    const { request, isOurs } = order;
    if (!isOurs || (wasRestored && !isOpen(order) && order.filled.isZero())) continue;
    if (!rows.has(request.clientOrderId)) found.push(`order ${request.clientOrderId} is at the venue without a row`);
    if (seen.has(request.clientOrderId)) found.push(`order ${request.clientOrderId} is at the venue twice`);
    seen.add(request.clientOrderId);
  }
  for (const order of orders) {
    const { clientOrderId, status } = order;
    const filled = sum(trades.filter((trade) => trade.order.id === order.id).map(({ amount }) => amount));
    if (!filled.eq(order.filledAmount))
      found.push(`order ${clientOrderId} has filled ${order.filledAmount}, its trades ${filled}`);
    const known = venue.find(clientOrderId);
    if (known && !known.isOurs) found.push(`order ${clientOrderId} is somebody else's, but has a row`);
    if (known && !isOpen(known) && !isTerminal(status))
      found.push(`order ${order.signalKey} is ${status}, at the venue ${known.status} with ${known.filled}`);
    const wasNeverThere: readonly OrderStatus[] = ['INTENT', 'ABANDONED', 'REJECTED', 'ABSENT'];
    if (!known && !wasNeverThere.includes(status)) found.push(`order ${clientOrderId} is ${status}, but not at the venue`);
    // Of an intent that was sent only after the backup, and ended without a fill, nobody can know.
    if (wasRestored && status === 'ABANDONED' && known?.filled.isZero() && !isOpen(known)) continue;
    if (known && isTerminal(status) && (known.status !== status || !known.filled.eq(order.filledAmount)))
      found.push(
        `order ${order.signalKey} is ${status} with ${order.filledAmount}, at the venue ${known.status} with ${known.filled}`,
      );
  }
  return found;
}

/** A position is a function of its trades: fills less the fees that were taken in the asset itself. */
function checkPositions({ positions, trades, closed }: Books, venue: Venue): string[] {
  const found: string[] = [];
  if (positions.filter(({ isOpen }) => isOpen).length > 1) found.push('more than one position is open');
  if (trades.some(({ position }) => position === null)) found.push('a trade belongs to no position');
  for (const position of positions) {
    const own = trades.filter((trade) => trade.position?.id === position.id);
    const left = positionOf(
      own.map(({ side, price, amount, feeInQuote, fee, feeCurrency }) => ({
        side,
        price,
        quantity: amount,
        fee: feeInQuote ?? zero,
        ...(feeCurrency === market.base && side === 'BUY' && { baseFee: fee }),
      })),
    );
    // What no order could sell is written off; it is what the trades leave, and less than a step or than an order must be worth.
    const made =
      position.dust?.eq(left.quantity) && isUnsellable(position.dust, position.entryPrice, venue) ? writtenOff(left) : left;
    if (position.dust && made === left) found.push(`a position has written off ${position.dust} of ${left.quantity}`);
    if (!made.quantity.eq(position.quantity))
      found.push(`a position holds ${position.quantity}, its trades make ${made.quantity}`);
    if (position.isOpen !== (made.side !== null))
      found.push(`a position is ${position.isOpen ? 'open' : 'closed'}, its trades make ${made.quantity}`);
    const pnl = realizedPnl(made).sub(position.funding).toDecimalPlaces(18);
    if (!pnl.eq(position.realizedPnl)) found.push(`a position has earned ${position.realizedPnl}, its trades ${pnl}`);
    const results = closed.filter((trade) => trade.position?.id === position.id);
    if (results.length !== (position.isOpen ? 0 : 1)) found.push(`a position has ${results.length} results`);
    for (const result of results)
      if (!result.pnl.eq(position.realizedPnl)) found.push(`a result is ${result.pnl}, its position ${position.realizedPnl}`);
  }
  return found;
}

function isUnsellable(dust: Decimal, price: Decimal, { coarsest, highest, holdsExitsToValue }: Venue): boolean {
  return dust.lt(coarsest) || (holdsExitsToValue && dust.mul(price).lt(highest.mul('1.1')));
}

/** State row, position and the venue's balance agree: what positions hold, and what was written off, is there. */
function checkHoldings({ positions, state }: Books, venue: Venue): string[] {
  const found: string[] = [];
  const held = sum(positions.filter(({ isOpen }) => isOpen).map(({ quantity }) => quantity));
  const shown = state.positionSize ?? zero;
  if (state.inPosition !== held.gt(0) || !shown.eq(held)) found.push(`the state shows ${shown}, the positions hold ${held}`);
  const balance = venue.balance(market.base);
  const dust = sum(positions.map(({ dust: rest }) => rest ?? zero));
  if (!balance.eq(held.add(dust))) found.push(`the positions hold ${held} and left ${dust}, the venue has ${balance}`);
  return found;
}

/** Every payment for what was held is booked exactly once. */
function checkFunding({ positions }: Books, { payments }: Venue): string[] {
  const booked = sum(positions.map(({ funding }) => funding));
  const paid = sum(payments.map((payment) => payment.paid));
  return booked.eq(paid)
    ? []
    : [`the positions paid ${booked} of funding, at the venue it was ${paid} in ${payments.length} payments`];
}

/** What the two wallets have of the quote asset is what they had, with what was bought and sold: nothing goes astray between them. */
export function checkMoney(venue: Venue): string[] {
  const had = new Decimal(startMoney);
  const traded = venue.fills.map(({ side, price, amount, fee, feeCurrency }) => {
    const value = side === 'BUY' ? price.mul(amount).neg() : price.mul(amount);
    return feeCurrency === market.quote ? value.sub(fee) : value;
  });
  const has = venue.balance(market.quote).add(venue.wallet?.amount ?? zero);
  const due = had.add(sum(traded));
  return has.eq(due) ? [] : [`the two wallets have ${has} ${market.quote}, by what was traded it must be ${due}`];
}

/**
 * What a bot at work holds is guarded at the venue, wholly: a stop, and a target beside it where the venue has room for one and has not refused it.
 */
export function checkGuards({ positions, orders, state }: Books, venue: Venue, guards: GuardKind): string[] {
  const [position] = positions.filter(({ isOpen: isHeld }) => isHeld);
  const isDeciding = orders.some(({ status, type }) => type === 'MARKET' && !isTerminal(status));
  if (!position || !state.stopLossPrice || isDeciding) return [];
  const { stepSize, minNotional } = venue.rules;
  const sellable = position.quantity.sub(position.quantity.mod(stepSize));
  const isTooSmall = venue.holdsExitsToValue && sellable.mul(state.stopLossPrice).lt(minNotional);
  if (sellable.isZero() || isTooSmall) return [];
  const resting = venue.open.filter(({ isOurs, request }) => isOurs && request.reduceOnly);
  const covers = (isStop: boolean): boolean =>
    resting.some(({ request, filled }) => {
      const rest = request.amount.sub(filled);
      // With a step of before it may stand for more, but for no more than is held.
      return (request.stopPrice !== undefined) === isStop && rest.gte(sellable) && rest.lte(position.quantity);
    });
  const isRefused = orders.some(
    ({ status, price, createdAt }) => status === 'REJECTED' && price !== null && createdAt >= position.createdAt,
  );
  const needsTarget = guards !== 'EXCLUSIVE' && state.takeProfitPrice !== null && !isRefused;
  return [
    ...(covers(true) ? [] : [`${position.quantity} is held without a stop at the venue for ${sellable}`]),
    ...(!needsTarget || covers(false) ? [] : [`${position.quantity} is held without a target at the venue for ${sellable}`]),
  ];
}

/** Every event once, in order, without a gap; and orders as they were told moved along their table. */
export function checkReader(events: readonly LoggedEvent[], after: number, head: number): string[] {
  const found: string[] = [];
  const sequences = events.map(({ sequence }) => sequence);
  if (sequences.length !== head - after || sequences.some((sequence, index) => sequence !== after + 1 + index))
    found.push(`a reader saw the events ${sequences.join(' ')}, written were those from ${after + 1} to ${head}`);
  return [...found, ...checkTold(events)];
}

function checkTold(events: readonly LoggedEvent[]): string[] {
  const found: string[] = [];
  const statuses = new Map<string, OrderStatus>();
  for (const { type, payload } of events) {
    if (type === 'BOT_STATE_CHANGED') found.push(...checkBot(payload as BotMoved));
    const { order } = payload as { order?: { id: string; status: OrderStatus } };
    if (!order || (type !== 'ORDER_CHANGED' && type !== 'ORDER_FILLED')) continue;
    const before = statuses.get(order.id);
    if (before !== undefined && before !== order.status && !leadsTo(before, order.status))
      found.push(`order ${order.id} was told to go from ${before} to ${order.status}`);
    statuses.set(order.id, order.status);
  }
  return found;
}

interface BotMoved {
  readonly previousStatus: string;
  readonly bot: { readonly state: { readonly status: string; readonly lastErrorMessage: string | null } };
}

/** What heals by itself needs no person. */
function checkBot({ previousStatus, bot: { state } }: BotMoved): string[] {
  const reason = state.lastErrorMessage ?? '';
  const isOutage = /: no answer|had no answer within/.test(reason);
  return state.status === 'ERROR' && previousStatus !== 'ERROR' && isOutage ? [`the bot went to ERROR: ${reason}`] : [];
}
