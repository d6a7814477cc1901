import { Field, ID, InputType } from 'type-graphql';
import type { Decimal } from '../../trading/money.ts';
import { OrderSide, OrderType, TimeInForce } from '../../trading/order.ts';
import '../enums.ts';
import { DecimalScalar } from '../scalars.ts';

@InputType({ description: 'A wish that may be sent again.' })
abstract class IdempotentInput {
  @Field(() => String, {
    description:
      'Made up by you for this wish, such as a UUID: a retry with the same key within 24 hours is answered with the first result.',
  })
  idempotencyKey!: string;
}

@InputType({ description: 'Which position to close.' })
export class ClosePositionInput extends IdempotentInput {
  @Field(() => ID, { description: 'A pos_ id.' })
  id!: string;
}

@InputType({ description: 'An order by hand.' })
export class PlaceOrderInput extends IdempotentInput {
  @Field(() => ID, {
    description: 'A bot_ id. The bot must run, with the built-in strategy "manual": others trade by their strategy alone.',
  })
  botId!: string;

  @Field(() => OrderSide, { description: 'Direction. Against the position it closes a part of it.' })
  side!: OrderSide;

  @Field(() => OrderType, { description: 'How it is filled.' })
  type!: OrderType;

  @Field(() => DecimalScalar, { description: "In the base currency, a multiple of the market's step." })
  amount!: Decimal;

  @Field(() => DecimalScalar, { nullable: true, description: 'Limit price of LIMIT and STOP_LIMIT.' })
  price?: Decimal | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Trigger price of STOP and STOP_LIMIT.' })
  stopPrice?: Decimal | null;

  @Field(() => TimeInForce, { nullable: true, description: 'How long a LIMIT waits; GTC when left out.' })
  timeInForce?: TimeInForce | null;
}

@InputType({ description: 'Which order to take back.' })
export class CancelOrderInput extends IdempotentInput {
  @Field(() => ID, { description: 'An ord_ id.' })
  id!: string;
}
