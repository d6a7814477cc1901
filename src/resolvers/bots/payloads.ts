import { Field, ID, ObjectType } from 'type-graphql';
import { Order } from '../orders/order.ts';
import { Position } from '../orders/position.ts';
import { MutationPayload } from '../payload.ts';
import { Bot } from './types.ts';

@ObjectType({ description: 'A bot as it has become.' })
abstract class BotPayload extends MutationPayload {
  @Field(() => Bot, { nullable: true, description: 'The bot; null when there are errors.' })
  bot?: Bot | null;
}

@ObjectType({ description: 'The new bot.' })
export class CreateBotPayload extends BotPayload {}

@ObjectType({ description: 'The changed bot.' })
export class UpdateBotPayload extends BotPayload {}

@ObjectType({ description: 'The bot, STARTING: it is RUNNING once it has reconciled.' })
export class StartBotPayload extends BotPayload {}

@ObjectType({ description: 'The bot, PAUSED.' })
export class PauseBotPayload extends BotPayload {}

@ObjectType({ description: 'The bot, RUNNING again.' })
export class ResumeBotPayload extends BotPayload {}

@ObjectType({ description: 'The bot, STOPPING: it is STOPPED once it has wound up.' })
export class StopBotPayload extends BotPayload {}

@ObjectType({ description: 'The bot that is gone. Its orders, trades and results stay.' })
export class DeleteBotPayload extends MutationPayload {
  @Field(() => ID, { nullable: true, description: 'The id that it had.' })
  deletedId?: string | null;
}

@ObjectType({ description: 'The closing of a position.' })
export class ClosePositionPayload extends MutationPayload {
  @Field(() => Position, { nullable: true, description: 'The position as it is now.' })
  position?: Position | null;

  @Field(() => Order, {
    nullable: true,
    description:
      'The order that closes it; null where what was left is too little for any order, so that it was written off at once.',
  })
  order?: Order | null;
}

@ObjectType({ description: 'The order that was placed.' })
export class PlaceOrderPayload extends MutationPayload {
  @Field(() => Order, { nullable: true, description: 'The order as it is now; null when there are errors.' })
  order?: Order | null;
}

@ObjectType({ description: 'The order that was to be taken back.' })
export class CancelOrderPayload extends MutationPayload {
  @Field(() => Order, {
    nullable: true,
    description: 'The order as it is now; a fill may have won the race. Null when there are errors.',
  })
  order?: Order | null;
}
