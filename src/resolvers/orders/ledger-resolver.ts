import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Query, Resolver } from 'type-graphql';
import type { LedgerLists } from '../../services/orders/ledger-list.ts';
import { DomainError } from '../../services/errors.ts';
import type { PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId } from '../ids.ts';
import { type ClosedTrade, ClosedTradeConnection } from './closed-trade.ts';
import { ClosedTradeListArgs, OrderListArgs, PositionListArgs, TradeListArgs } from './inputs.ts';
import { closedTradesAsked, ordersAsked, positionsAsked, tradesAsked } from './ledger.ts';
import { Order, OrderConnection, orderOf } from './order.ts';
import { oneOf, pageOf } from './pages.ts';
import { type Position, PositionConnection } from './position.ts';
import { type Trade, TradeConnection } from './trade.ts';

/** The ledger of all one's bots together. */
@Resolver()
export class LedgerResolver {
  readonly #lists: LedgerLists;

  constructor(lists: LedgerLists) {
    this.#lists = lists;
  }

  @Query(() => OrderConnection, { description: 'Your orders.' })
  orders(
    @Args(() => OrderListArgs) args: OrderListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Order>> {
    return pageOf(ordersAsked(this.#lists, args), context, info);
  }

  @Query(() => Order, {
    nullable: true,
    description: 'An order of yours, by its id or by its client order id; null when there is none.',
  })
  async order(
    @Arg('id', () => ID, { nullable: true, description: 'An ord_ id.' }) id: string | null | undefined,
    @Arg('clientOrderId', () => String, { nullable: true, description: 'Our name for it.' }) clientOrderId:
      | string
      | null
      | undefined,
    @Ctx() context: RequestContext,
  ): Promise<Order | null> {
    if (typeof id === 'string' && typeof clientOrderId !== 'string')
      return oneOf(this.#lists.orders, orderOf, fromGlobalId('ord', id, ['id']), context);
    if (typeof clientOrderId === 'string' && typeof id !== 'string') {
      const view = await this.#lists.orders.first(viewerOf(context), { clientOrderId: { eq: clientOrderId } });
      return view && orderOf(view);
    }
    throw new DomainError('BAD_REQUEST', 'order takes either id or clientOrderId', { path: ['id'] });
  }

  @Query(() => TradeConnection, { description: 'The executions of your orders.' })
  trades(
    @Args(() => TradeListArgs) args: TradeListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Trade>> {
    return pageOf(tradesAsked(this.#lists, args), context, info);
  }

  @Query(() => PositionConnection, { description: 'What your bots hold and held.' })
  positions(
    @Args(() => PositionListArgs) args: PositionListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, Position>> {
    return pageOf(positionsAsked(this.#lists, args), context, info);
  }

  @Query(() => ClosedTradeConnection, { description: 'Your round trips, entry to exit.' })
  closedTrades(
    @Args(() => ClosedTradeListArgs) args: ClosedTradeListArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, ClosedTrade>> {
    return pageOf(closedTradesAsked(this.#lists, args), context, info);
  }
}
