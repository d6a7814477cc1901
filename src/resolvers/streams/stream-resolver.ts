import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { EventHub } from '../../services/events/hub.ts';
import { type StreamItem as HubItem, StreamStart } from '../../services/events/stream.ts';
import { DomainError } from '../../services/errors.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { describeEnum } from '../enums.ts';
import { fromGlobalId } from '../ids.ts';
import { resolverOf } from '../resolver-of.ts';
import { EventCursorScalar } from '../scalars.ts';
import { itemOf, type SnapshotItem, type ToldType } from './item-of.ts';
import {
  AccountItem,
  AlertTriggeredItem,
  BotStateChangedItem,
  EventPage,
  LogAppendedItem,
  OrderChangedItem,
  OrderFilledItem,
  PositionChangedItem,
  type StreamItem,
} from './items.ts';
import type { SnapshotPart, Snapshots } from './snapshots.ts';

/** What an account's stream can carry. */
export const StreamType = {
  ORDER: 'ORDER',
  FILL: 'FILL',
  BOT: 'BOT',
  POSITION: 'POSITION',
  JOB: 'JOB',
  LOG: 'LOG',
  ALERT: 'ALERT',
} as const;
export type StreamType = (typeof StreamType)[keyof typeof StreamType];
describeEnum(StreamType, 'StreamType', "What an account's stream can carry.", {
  ORDER: 'Changes of orders: OrderChanged.',
  FILL: 'Executions: OrderFilled.',
  BOT: 'Bots and what they do: BotStateChanged, BotDeleted, FundsTransferChanged.',
  POSITION: 'Positions: PositionChanged.',
  JOB: 'Backtests and other jobs: JobChanged.',
  LOG: 'What bots and jobs have to say: LogAppended.',
  ALERT: 'Alerts that come true: AlertTriggered.',
});

@ArgsType()
class StreamArgs {
  @Field(() => EventCursorScalar, { nullable: true, description: 'Go on after this cursor: nothing is missed.' })
  after?: string | null;

  @Field(() => StreamStart, { defaultValue: StreamStart.LIVE, description: 'How to start without a cursor.' })
  start!: StreamStart;
}

@ArgsType()
class BotStreamArgs extends StreamArgs {
  @Field(() => ID, { nullable: true, description: 'Only of this bot; of all when left out.' })
  botId?: string | null;
}

@ArgsType()
class AccountStreamArgs extends BotStreamArgs {
  @Field(() => [StreamType], { nullable: true, description: 'Only these; all when left out.' })
  types?: StreamType[] | null;
}

/** Events of one page for pollers. */
const mostEvents = 500;

@ArgsType()
class EventsArgs {
  @Field(() => EventCursorScalar, {
    nullable: true,
    description: 'A cursor of an earlier answer, of `eventCursor`, or of a stream.',
  })
  since?: string | null;

  @Field(() => [StreamType], { nullable: true, description: 'Only these; all when left out.' })
  types?: StreamType[] | null;

  @Field(() => Int, { defaultValue: 100, description: `How much of the log to look through: 1 to ${mostEvents} events.` })
  first!: number;
}

type Item = HubItem<SnapshotItem>;

/** The events of each type that a stream can carry, and the part of a snapshot that stands for it. */
const eventsOf: Readonly<Record<StreamType, readonly ToldType[]>> = {
  ORDER: ['ORDER_CHANGED'],
  FILL: ['ORDER_FILLED'],
  BOT: ['BOT_STATE_CHANGED', 'BOT_CHANGED', 'BOT_DELETED', 'FUNDS_TRANSFER_CHANGED'],
  POSITION: ['POSITION_CHANGED', 'POSITION_CLOSED'],
  JOB: ['JOB_PROGRESSED'],
  LOG: ['LOG_APPENDED'],
  ALERT: ['ALERT_TRIGGERED'],
};

const lossless =
  'Lossless: at least once, in order. Keep the cursor of the last item and pass it as `after` to go on, also after a restart or at another server.';

function subscribed(
  types: readonly StreamType[] | undefined,
): ({
  args,
  context,
  info,
}: {
  args: AccountStreamArgs;
  context: RequestContext;
  info: GraphQLResolveInfo;
}) => Promise<AsyncIterable<Item>> {
  return ({ args, context, info }) => resolverOf(info.schema, StreamResolver).open(types, args, context);
}

/** Lossless streams of what happens to one's bots, orders, positions and jobs. */
@Resolver()
export class StreamResolver {
  readonly #hub: EventHub;
  readonly #snapshots: Snapshots;

  constructor(hub: EventHub, snapshots: Snapshots) {
    this.#hub = hub;
    this.#snapshots = snapshots;
  }

  @Query(() => EventCursorScalar, {
    description:
      'Where your event log stood before anything of this query was read: subscribe `after` it, and nothing is missed.',
  })
  async eventCursor(@Ctx() context: RequestContext): Promise<string> {
    return (await context.eventCursor()) ?? this.#hub.cursor(viewerOf(context).userId);
  }

  @Query(() => EventPage, {
    description:
      'What happened to your orders, bots, positions, jobs and alerts after a cursor, for who cannot subscribe. Without `since` nothing but the cursor to begin with.',
  })
  async events(@Args(() => EventsArgs) args: EventsArgs, @Ctx() context: RequestContext): Promise<EventPage> {
    const { since, types, first } = args;
    if (first < 1 || first > mostEvents)
      throw new DomainError('INVALID', `first is ${first}, it must be from 1 to ${mostEvents}`, { path: ['first'] });
    const wanted = new Set<string>((types ?? Object.values(StreamType)).flatMap((type) => eventsOf[type]));
    const request = { userId: viewerOf(context).userId, after: since, wants: ({ type }: { type: string }) => wanted.has(type) };
    const { items, cursor, hasMore, reset } = await this.#hub.page(request, first);
    return Object.assign(new EventPage(), { items: items.map(itemOf), cursor, hasMore, resetReason: reset });
  }

  @Subscription(() => OrderFilledItem, {
    description: `Each execution of your orders. A snapshot has the newest 100. ${lossless}`,
    subscribe: subscribed(['FILL']),
  })
  orderFilled(@Root() item: Item, @Args(() => BotStreamArgs) _args: BotStreamArgs): StreamItem {
    return itemOf(item);
  }

  @Subscription(() => OrderChangedItem, {
    description: `Each change of your orders, executions included. A snapshot has the open orders. ${lossless}`,
    subscribe: subscribed(['ORDER', 'FILL']),
  })
  orderChanged(@Root() item: Item, @Args(() => BotStreamArgs) _args: BotStreamArgs): StreamItem {
    return itemOf(item);
  }

  @Subscription(() => BotStateChangedItem, {
    description: `Each change of your bots and of what they do. A snapshot has all of them. ${lossless}`,
    subscribe: subscribed(['BOT']),
  })
  botStateChanged(@Root() item: Item, @Args(() => BotStreamArgs) _args: BotStreamArgs): StreamItem {
    return itemOf(item);
  }

  @Subscription(() => PositionChangedItem, {
    description: `Each change of your positions; open ones are valued at every closed candle. A snapshot has the open ones. ${lossless}`,
    subscribe: subscribed(['POSITION']),
  })
  positionChanged(@Root() item: Item, @Args(() => BotStreamArgs) _args: BotStreamArgs): StreamItem {
    return itemOf(item);
  }

  @Subscription(() => LogAppendedItem, {
    description: `Each line of your log. A snapshot has the newest 100. ${lossless}`,
    subscribe: subscribed(['LOG']),
  })
  logAppended(@Root() item: Item, @Args(() => BotStreamArgs) _args: BotStreamArgs): StreamItem {
    return itemOf(item);
  }

  @Subscription(() => AlertTriggeredItem, {
    description: `Each time that one of your alerts comes true. A snapshot has the newest 100. ${lossless}`,
    subscribe: subscribed(['ALERT']),
  })
  alertTriggered(@Root() item: Item, @Args(() => BotStreamArgs) _args: BotStreamArgs): StreamItem {
    return itemOf(item);
  }

  @Subscription(() => AccountItem, {
    description: `All of these on one cursor: a page needs no more than this one. ${lossless}`,
    subscribe: subscribed(undefined),
  })
  accountChanged(@Root() item: Item, @Args(() => AccountStreamArgs) _args: AccountStreamArgs): StreamItem {
    return itemOf(item);
  }

  /**
   * Opens the stream behind one subscription.
   * @param types of a subscription that always carries the same; the client's choice when undefined
   */
  async open(
    types: readonly StreamType[] | undefined,
    args: AccountStreamArgs,
    context: RequestContext,
  ): Promise<AsyncIterable<Item>> {
    const viewer = viewerOf(context);
    const botId = typeof args.botId === 'string' ? fromGlobalId('bot', args.botId, ['botId']) : undefined;
    // Whoever resumes may have to be told of a bot that it is gone.
    if (botId !== undefined && !args.after) await this.#snapshots.assertBot(viewer, botId);
    const carried = types ?? args.types ?? Object.values(StreamType);
    const wanted = new Set<string>(carried.flatMap((type) => eventsOf[type]));
    const parts: SnapshotPart[] = types && types.length > 1 ? ['ORDER'] : [...new Set(carried)];
    const stream = await this.#hub.stream<SnapshotItem>({
      userId: viewer.userId,
      after: args.after,
      start: args.start,
      wants: (event) => wanted.has(event.type) && (botId === undefined || event.subjects.botId === botId),
      snapshot: () => this.#snapshots.take(viewer, parts, botId),
    });
    const leave = (): void => void stream.return?.();
    if (context.signal.aborted) leave();
    else context.signal.addEventListener('abort', leave, { once: true });
    return stream;
  }
}
