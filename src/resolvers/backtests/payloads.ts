import { Field, ObjectType } from 'type-graphql';
import { MutationPayload } from '../payload.ts';
import { Backtest } from './types.ts';

@ObjectType({ description: 'A backtest as it has become.' })
abstract class BacktestPayload extends MutationPayload {
  @Field(() => Backtest, { nullable: true, description: 'The backtest; null when there are errors.' })
  backtest?: Backtest | null;
}

@ObjectType({ description: 'The backtest, PENDING: watch it with `jobProgressed`.' })
export class CreateBacktestPayload extends BacktestPayload {}

@ObjectType({ description: 'The backtest, CANCELED.' })
export class CancelBacktestPayload extends BacktestPayload {}
