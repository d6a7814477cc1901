import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import type { ReconciliationRun as ReconciliationRow } from '../../entities/operations/ReconciliationRun.ts';
import type { ReconciliationRunList, ReconciliationRunView } from '../../services/reconciliation/run-list.ts';
import { Bot } from '../bots/types.ts';
import { PageArgs, type PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId, type IdPrefix } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { childrenOf, type ListRequest, pageOf } from '../orders/pages.ts';
import { ReconciliationRun, ReconciliationRunConnection, reconciliationRunOf } from './types.ts';

@ArgsType()
export class ReconciliationRunArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'A bot_ id: only those of one bot.' })
  botId?: string | null;
}

type Request = ListRequest<ReconciliationRow, ReconciliationRunView, ReconciliationRun>;

function asked(list: ReconciliationRunList, page: PageArgs, where?: Request['where']): Request {
  return { list, nodeOf: reconciliationRunOf, page, where, orderBy: [{ field: 'createdAt', direction: 'DESC' }] };
}

/** What became of the comparisons of bots' books. */
@Resolver()
export class ReconciliationResolver {
  readonly #list: ReconciliationRunList;

  constructor(list: ReconciliationRunList) {
    this.#list = list;
  }

  @Query(() => ReconciliationRunConnection, {
    description: "Comparisons of your bots' books with the exchange, newest first: what was expected, found and done.",
  })
  reconciliationRuns(
    @Args(() => ReconciliationRunArgs) { botId, ...page }: ReconciliationRunArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, ReconciliationRun>> {
    const where = typeof botId === 'string' ? { botId: { eq: fromGlobalId('bot', botId, ['botId']) } } : undefined;
    return pageOf(asked(this.#list, page, where), context, info);
  }

  @Query(() => ReconciliationRun, {
    nullable: true,
    description: 'One comparison; null when there is none of yours with this id.',
  })
  async reconciliationRun(
    @Arg('id', () => ID, { description: 'A rec_ id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<ReconciliationRun | null> {
    const uuid = fromGlobalId('rec', id, ['id']);
    const view = (await this.#list.byIds(viewerOf(context), [uuid])).get(uuid);
    return view ? reconciliationRunOf(view) : null;
  }
}

/** A bot's own. */
@Resolver(() => Bot)
export class BotReconciliationField {
  readonly #list: ReconciliationRunList;

  constructor(list: ReconciliationRunList) {
    this.#list = list;
  }

  @FieldResolver(() => ReconciliationRunConnection, { description: 'Comparisons of its books with the exchange, newest first.' })
  reconciliationRuns(
    @Root() { view }: Bot,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, ReconciliationRun>> {
    return childrenOf(asked(this.#list, page), 'botId', view.id, context, info);
  }
}

/** How reconciliations are refetched by id. */
export function reconciliationNodes(list: ReconciliationRunList): [IdPrefix, NodeLoader][] {
  return [['rec', async (viewer, ids) => [...(await list.byIds(viewer, ids)).values()].map(reconciliationRunOf)]];
}
