import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import type { LedgerLists } from '../../services/orders/ledger-list.ts';
import type { StrategyService } from '../../services/strategies/strategy-service.ts';
import type { PageView } from '../connection.ts';
import type { RequestContext } from '../context.ts';
import { loadExchange } from '../market-data/exchange-loader.ts';
import { loadMarket } from '../market-data/market-loader.ts';
import { Exchange, Market } from '../market-data/types.ts';
import { type ClosedTrade, ClosedTradeConnection } from '../orders/closed-trade.ts';
import { ClosedTradeListArgs, OrderListArgs, PositionListArgs, TradeListArgs } from '../orders/inputs.ts';
import { closedTradesAsked, ordersAsked, positionsAsked, tradesAsked } from '../orders/ledger.ts';
import { type Order, OrderConnection } from '../orders/order.ts';
import { childrenOf } from '../orders/pages.ts';
import { type Position, PositionConnection } from '../orders/position.ts';
import { type Trade, TradeConnection } from '../orders/trade.ts';
import { loadStrategy } from '../strategies/strategy-loader.ts';
import { Strategy } from '../strategies/types.ts';
import { Bot } from './types.ts';

/** What hangs on a bot. A field's pages for all bots of an answer are read in one statement. */
@Resolver(() => Bot)
export class BotFields {
  readonly #lists: LedgerLists;
  readonly #marketData: MarketDataService;

  readonly #strategies: StrategyService;

  constructor(lists: LedgerLists, marketData: MarketDataService, strategies: StrategyService) {
    this.#lists = lists;
    this.#marketData = marketData;
    this.#strategies = strategies;
  }

  @FieldResolver(() => Strategy, { description: 'What it decides by; `parameters` of the bot override those of the strategy.' })
  strategy(@Root() { view }: Bot, @Ctx() context: RequestContext): Promise<Strategy> {
    return loadStrategy(this.#strategies, view.strategyId, context);
  }

  @FieldResolver(() => Market, { nullable: true, description: 'What it trades.' })
  market(@Root() { view }: Bot, @Ctx() context: RequestContext): Promise<Market | null> {
    return loadMarket(this.#marketData, view.exchangeId, view.symbol, context);
  }

  @FieldResolver(() => Exchange, { description: 'Where it trades.' })
  exchange(@Root() { view }: Bot, @Ctx() context: RequestContext): Promise<Exchange> {
    return loadExchange(this.#marketData, view.exchangeId, context);
  }

  @FieldResolver(() => OrderConnection, { description: 'Its orders.' })
  orders(
    @Root() { view }: Bot,
    @Args(() => OrderListArgs) args: OrderListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Order>> {
    return childrenOf(ordersAsked(this.#lists, args), 'botId', view.id, context, info);
  }

  @FieldResolver(() => TradeConnection, { description: 'The executions of its orders.' })
  trades(
    @Root() { view }: Bot,
    @Args(() => TradeListArgs) args: TradeListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Trade>> {
    return childrenOf(tradesAsked(this.#lists, args), 'botId', view.id, context, info);
  }

  @FieldResolver(() => PositionConnection, { description: 'What it holds and held.' })
  positions(
    @Root() { view }: Bot,
    @Args(() => PositionListArgs) args: PositionListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Position>> {
    return childrenOf(positionsAsked(this.#lists, args), 'botId', view.id, context, info);
  }

  @FieldResolver(() => ClosedTradeConnection, { description: 'Its round trips.' })
  closedTrades(
    @Root() { view }: Bot,
    @Args(() => ClosedTradeListArgs) args: ClosedTradeListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, ClosedTrade>> {
    return childrenOf(closedTradesAsked(this.#lists, args), 'botId', view.id, context, info);
  }
}
