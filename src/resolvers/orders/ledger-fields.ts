import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { BotList } from '../../services/bots/bot-list.ts';
import { DomainError } from '../../services/errors.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import type { LedgerLists } from '../../services/orders/ledger-list.ts';
import { loadBot } from '../bots/bot-loader.ts';
import { Bot } from '../bots/types.ts';
import type { PageView } from '../connection.ts';
import type { RequestContext } from '../context.ts';
import { loadExchange } from '../market-data/exchange-loader.ts';
import { Exchange } from '../market-data/types.ts';
import { ClosedTrade } from './closed-trade.ts';
import { TradeListArgs } from './inputs.ts';
import { tradesAsked } from './ledger.ts';
import { Order, orderOf } from './order.ts';
import { childrenOf, oneOf } from './pages.ts';
import { Position } from './position.ts';
import { Trade, TradeConnection } from './trade.ts';

const ofBot = { nullable: true, description: 'The bot that made it; null once that was deleted.' };

/** What hangs on an order. */
@Resolver(() => Order)
export class OrderFields {
  readonly #lists: LedgerLists;
  readonly #bots: BotList;
  readonly #marketData: MarketDataService;

  constructor(lists: LedgerLists, bots: BotList, marketData: MarketDataService) {
    this.#lists = lists;
    this.#bots = bots;
    this.#marketData = marketData;
  }

  @FieldResolver(() => Bot, ofBot)
  bot(@Root() { view }: Order, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }

  @FieldResolver(() => Exchange, { description: 'Where it went.' })
  exchange(@Root() { view }: Order, @Ctx() context: RequestContext): Promise<Exchange> {
    return loadExchange(this.#marketData, view.exchangeId, context);
  }

  @FieldResolver(() => TradeConnection, { description: 'Its executions.' })
  trades(
    @Root() { view }: Order,
    @Args(() => TradeListArgs) args: TradeListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Trade>> {
    return childrenOf(tradesAsked(this.#lists, args), 'orderId', view.id, context, info);
  }
}

/** What hangs on an execution. */
@Resolver(() => Trade)
export class TradeFields {
  readonly #lists: LedgerLists;
  readonly #bots: BotList;

  constructor(lists: LedgerLists, bots: BotList) {
    this.#lists = lists;
    this.#bots = bots;
  }

  @FieldResolver(() => Bot, ofBot)
  bot(@Root() { view }: Trade, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }

  @FieldResolver(() => Order, { description: 'The order that it executed.' })
  async order(@Root() { view }: Trade, @Ctx() context: RequestContext): Promise<Order> {
    const order = await oneOf(this.#lists.orders, orderOf, view.orderId, context);
    if (!order) throw new DomainError('INTERNAL', `execution ${view.id} has lost its order`);
    return order;
  }
}

/** What hangs on a position. */
@Resolver(() => Position)
export class PositionFields {
  readonly #lists: LedgerLists;
  readonly #bots: BotList;

  constructor(lists: LedgerLists, bots: BotList) {
    this.#lists = lists;
    this.#bots = bots;
  }

  @FieldResolver(() => Bot, ofBot)
  bot(@Root() { view }: Position, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }

  @FieldResolver(() => TradeConnection, { description: 'The executions that made it.' })
  trades(
    @Root() { view }: Position,
    @Args(() => TradeListArgs) args: TradeListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Trade>> {
    return childrenOf(tradesAsked(this.#lists, args), 'positionId', view.id, context, info);
  }
}

/** What hangs on a round trip. */
@Resolver(() => ClosedTrade)
export class ClosedTradeFields {
  readonly #bots: BotList;

  constructor(bots: BotList) {
    this.#bots = bots;
  }

  @FieldResolver(() => Bot, ofBot)
  bot(@Root() { view }: ClosedTrade, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }
}
