import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, ID, Info, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { FundsTransferStatus } from '../../entities/trading/FundsTransfer.ts';
import type { FundsTransferList, FundsTransferView } from '../../services/bots/funds-ledger.ts';
import { connectionOf, PageArgs, type PageView } from '../connection.ts';
import type { RequestContext } from '../context.ts';
import { describeEnum } from '../enums.ts';
import { type IdPrefix, toGlobalId } from '../ids.ts';
import { Node, type NodeLoader } from '../node.ts';
import { childrenOf } from '../orders/pages.ts';
import { DateTimeScalar, DecimalScalar } from '../scalars.ts';
import { Bot } from './types.ts';

describeEnum(FundsTransferStatus, 'FundsTransferStatus', 'What became of a transfer.', {
  SENT: 'Asked for. Its answer is awaited, or was lost: then it is looked for, and the bot brings nothing more until it is found.',
  DONE: 'Carried out.',
  REFUSED: 'The exchange said no, or it was never sent: nothing was moved.',
  ABSENT: 'Its answer was lost, and the exchange does not know it: it has never arrived.',
  UNKNOWN:
    'Its answer was lost, and what the exchange knows does not tell it from others. The bot brings nothing more before the next UTC day.',
});

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'An amount that a bot asked for from the funding wallet of its account, into the wallet that it trades from. There is no other direction.',
})
export class FundsTransfer extends Node {
  @Field(() => Int, { description: 'Grows with every change: the higher wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was written down, which is before it was sent.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => String, { description: 'What was to be moved, such as "USDT".' })
  asset!: string;

  @Field(() => DecimalScalar, { description: 'How much of it.' })
  amount!: string;

  @Field(() => FundsTransferStatus, { description: 'What became of it.' })
  status!: FundsTransferStatus;

  @Field(() => String, { nullable: true, description: "The exchange's number of it; null while that is not known." })
  exchangeTransferId!: string | null;

  @Field(() => DateTimeScalar, { description: "When it was sent, by the exchange's clock." })
  sentAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its fate became known; null while it is SENT.' })
  endedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it is not DONE, and what a person can do.' })
  reason!: string | null;

  @Field(() => ID, { nullable: true, description: 'The bot_ id of the bot that asked; null when that is gone.' })
  botId!: string | null;
}

export const FundsTransferConnection = connectionOf(FundsTransfer, 'FundsTransfer', 'transfers');
export type FundsTransferConnection = InstanceType<typeof FundsTransferConnection>;

export function fundsTransferOf(view: FundsTransferView): FundsTransfer {
  const { id, botId, ...rest } = view;
  const ids = { id: toGlobalId('ftr', id), ...(botId !== undefined && { botId: botId && toGlobalId('bot', botId) }) };
  return Object.assign(new FundsTransfer(), rest, ids);
}

/** A bot's own. */
@Resolver(() => Bot)
export class BotFundsTransfersField {
  readonly #list: FundsTransferList;

  constructor(list: FundsTransferList) {
    this.#list = list;
  }

  @FieldResolver(() => FundsTransferConnection, {
    description: 'What it asked for from the funding wallet of its account, newest first.',
  })
  fundsTransfers(
    @Root() { view }: Bot,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<PageView<unknown, FundsTransfer>> {
    const orderBy = [{ field: 'createdAt', direction: 'DESC' }] as const;
    return childrenOf(
      { list: this.#list, nodeOf: fundsTransferOf, page, where: undefined, orderBy },
      'botId',
      view.id,
      context,
      info,
    );
  }
}

/** How transfers are refetched by id. */
export function fundsTransferNodes(list: FundsTransferList): [IdPrefix, NodeLoader][] {
  return [['ftr', async (viewer, ids) => [...(await list.byIds(viewer, ids)).values()].map(fundsTransferOf)]];
}
