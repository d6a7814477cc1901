import { Field, ObjectType } from 'type-graphql';
import { MutationPayload } from '../payload.ts';
import { Strategy } from './types.ts';

@ObjectType({ description: 'A strategy as it has become.' })
abstract class StrategyPayload extends MutationPayload {
  @Field(() => Strategy, { nullable: true, description: 'The strategy; null when there are errors.' })
  strategy?: Strategy | null;
}

@ObjectType({ description: 'The new strategy.' })
export class CreateStrategyPayload extends StrategyPayload {}

@ObjectType({ description: 'The changed strategy.' })
export class UpdateStrategyPayload extends StrategyPayload {}

@ObjectType({ description: 'The strategy, INACTIVE.' })
export class ArchiveStrategyPayload extends StrategyPayload {}

@ObjectType({ description: 'The strategy, ACTIVE again.' })
export class RestoreStrategyPayload extends StrategyPayload {}
