import { Field, ID, ObjectType } from 'type-graphql';
import { MutationPayload } from '../payload.ts';
import { Alert } from './types.ts';

@ObjectType({ description: 'The new alert.' })
export class CreateAlertPayload extends MutationPayload {
  @Field(() => Alert, { nullable: true, description: 'The alert; null when there are errors.' })
  alert?: Alert | null;
}

@ObjectType({ description: 'The changed alert.' })
export class UpdateAlertPayload extends MutationPayload {
  @Field(() => Alert, { nullable: true, description: 'The alert; null when there are errors.' })
  alert?: Alert | null;
}

@ObjectType({ description: 'The alert that is gone, and its history with it.' })
export class DeleteAlertPayload extends MutationPayload {
  @Field(() => ID, { nullable: true, description: 'The id that it had.' })
  deletedId?: string | null;
}
