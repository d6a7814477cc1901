import { createUnionType, Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { JobStatus } from '../../entities/research/JobStatus.ts';
import { StreamStart } from '../../services/events/stream.ts';
import { BotStatus } from '../../trading/bot.ts';
import { OrderStatus } from '../../trading/order.ts';
import { Alert, AlertTrigger } from '../alerts/types.ts';
import { FundsTransfer } from '../bots/funds-transfers.ts';
import { Bot } from '../bots/types.ts';
import { describeEnum } from '../enums.ts';
import { LogEntry } from '../logs/types.ts';
import { ClosedTrade } from '../orders/closed-trade.ts';
import { Order } from '../orders/order.ts';
import { Position } from '../orders/position.ts';
import { Trade } from '../orders/trade.ts';
import { DateTimeScalar, DecimalScalar, EventCursorScalar } from '../scalars.ts';

describeEnum(StreamStart, 'StreamStart', 'How a lossless stream starts.', {
  LIVE: 'With what happens from now on, or after the given cursor.',
  SNAPSHOT: 'With the current items, a SnapshotEnd, then what happens. A good cursor is resumed from instead.',
});

@InterfaceType({
  description:
    'An item of a lossless stream. Delivery is at least once and in order: keep the last cursor, and pass it as `after` to go on after a break, here or at another server.',
})
export abstract class StreamItem {
  @Field(() => EventCursorScalar, { description: 'Where to go on: all up to and with this item has been seen.' })
  cursor!: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  at!: Date;
}

@ObjectType({
  implements: StreamItem,
  simpleResolvers: true,
  description: 'Nothing new for you up to here. Comes first on a live stream, and at least every 15 seconds on a quiet one.',
})
export class Checkpoint extends StreamItem {}

@ObjectType({
  implements: StreamItem,
  simpleResolvers: true,
  description: 'The cursor cannot be resumed from: drop what you know, a snapshot follows.',
})
export class StreamReset extends StreamItem {
  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'All current items have been sent.' })
export class SnapshotEnd extends StreamItem {}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'An order as it has become, or as it is.' })
export class OrderChanged extends StreamItem {
  @Field(() => Boolean, { description: 'Part of a snapshot, not an event.' })
  isSnapshot!: boolean;

  @Field(() => OrderStatus, { nullable: true, description: 'Where it stood before; null when it is new or part of a snapshot.' })
  previousStatus!: OrderStatus | null;

  @Field(() => Order, { description: 'The order as of this event.' })
  order!: Order;
}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'An execution, and its order as that has become.' })
export class OrderFilled extends StreamItem {
  @Field(() => Boolean, { description: 'Part of a snapshot, not an event.' })
  isSnapshot!: boolean;

  @Field(() => Trade, { description: 'The execution.' })
  trade!: Trade;

  @Field(() => Order, { description: 'The order as of this event.' })
  order!: Order;
}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'A bot as it has become, or as it is.' })
export class BotStateChanged extends StreamItem {
  @Field(() => Boolean, { description: 'Part of a snapshot, not an event.' })
  isSnapshot!: boolean;

  @Field(() => BotStatus, {
    nullable: true,
    description: 'Where it stood before, the same where something else changed; null in a snapshot.',
  })
  previousStatus!: BotStatus | null;

  @Field(() => Bot, { description: 'The bot as of this event.' })
  bot!: Bot;
}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'A bot was deleted.' })
export class BotDeleted extends StreamItem {
  @Field(() => ID, { description: 'The id that it had.' })
  deletedId!: string;
}

@ObjectType({
  implements: StreamItem,
  simpleResolvers: true,
  description: 'A transfer from the funding wallet as it has become. Snapshots have none: `Bot.fundsTransfers` lists them.',
})
export class FundsTransferChanged extends StreamItem {
  @Field(() => FundsTransfer, { description: 'The transfer as of this event.' })
  transfer!: FundsTransfer;
}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'A position as it has become, or as it is.' })
export class PositionChanged extends StreamItem {
  @Field(() => Boolean, { description: 'Part of a snapshot, not an event.' })
  isSnapshot!: boolean;

  @Field(() => Position, { description: 'The position as of this event.' })
  position!: Position;

  @Field(() => ClosedTrade, { nullable: true, description: 'The round trip that it has completed; null while it is open.' })
  closedTrade!: ClosedTrade | null;
}

@ObjectType({
  implements: StreamItem,
  simpleResolvers: true,
  description: 'A job as it has become, or as it is. What it has to show in the end is its own: `node` has it by its id.',
})
export class JobChanged extends StreamItem {
  @Field(() => Boolean, { description: 'Part of a snapshot, not an event.' })
  isSnapshot!: boolean;

  @Field(() => ID, { description: 'The id of the job, such as a bt_ or cfe_ id.' })
  jobId!: string;

  @Field(() => Int, { description: 'Grows with each change of the job: the higher one wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => JobStatus, { description: 'How it stands.' })
  status!: JobStatus;

  @Field(() => DecimalScalar, { description: 'How much is done, 0 to 100.' })
  progressPercent!: number;

  @Field(() => String, { nullable: true, description: 'Why it failed, in a sentence; null unless it did.' })
  failureReason!: string | null;
}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'A line of the log.' })
export class LogAppended extends StreamItem {
  @Field(() => Boolean, { description: 'Part of a snapshot, not an event.' })
  isSnapshot!: boolean;

  @Field(() => LogEntry, { description: 'The line.' })
  entry!: LogEntry;
}

@ObjectType({ implements: StreamItem, simpleResolvers: true, description: 'An alert has come true.' })
export class AlertTriggered extends StreamItem {
  @Field(() => Boolean, { description: 'Part of a snapshot, not an event.' })
  isSnapshot!: boolean;

  @Field(() => AlertTrigger, { description: 'What came true.' })
  trigger!: AlertTrigger;

  @Field(() => Alert, { description: 'The alert as of this event; in a snapshot as it is now.' })
  alert!: Alert;
}

const housekeeping = [Checkpoint, StreamReset, SnapshotEnd] as const;

export const OrderFilledItem = createUnionType({
  name: 'OrderFilledItem',
  description: 'What `orderFilled` sends.',
  types: () => [OrderFilled, ...housekeeping] as const,
});

export const OrderChangedItem = createUnionType({
  name: 'OrderChangedItem',
  description: 'What `orderChanged` sends.',
  types: () => [OrderChanged, OrderFilled, ...housekeeping] as const,
});

export const BotStateChangedItem = createUnionType({
  name: 'BotStateChangedItem',
  description: 'What `botStateChanged` sends.',
  types: () => [BotStateChanged, BotDeleted, FundsTransferChanged, ...housekeeping] as const,
});

export const PositionChangedItem = createUnionType({
  name: 'PositionChangedItem',
  description: 'What `positionChanged` sends.',
  types: () => [PositionChanged, ...housekeeping] as const,
});

export const LogAppendedItem = createUnionType({
  name: 'LogAppendedItem',
  description: 'What `logAppended` sends.',
  types: () => [LogAppended, ...housekeeping] as const,
});

export const AlertTriggeredItem = createUnionType({
  name: 'AlertTriggeredItem',
  description: 'What `alertTriggered` sends.',
  types: () => [AlertTriggered, ...housekeeping] as const,
});

export const AccountItem = createUnionType({
  name: 'AccountItem',
  description: 'What `accountChanged` sends.',
  types: () =>
    [
      OrderChanged,
      OrderFilled,
      BotStateChanged,
      BotDeleted,
      FundsTransferChanged,
      PositionChanged,
      JobChanged,
      LogAppended,
      AlertTriggered,
      ...housekeeping,
    ] as const,
});

@ObjectType({
  simpleResolvers: true,
  description: 'What happened after a cursor, for who asks again and again instead of subscribing.',
})
export class EventPage {
  @Field(() => [AccountItem], { description: 'What happened, oldest first.' })
  items!: StreamItem[];

  @Field(() => EventCursorScalar, { description: 'Pass it as `since` the next time.' })
  cursor!: string;

  @Field(() => Boolean, { description: 'There is more already: ask again at once.' })
  hasMore!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why `since` cannot be gone on from: drop what you know and query anew; null when it can.',
  })
  resetReason!: string | null;
}
