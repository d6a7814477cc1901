import { Field, ID, ObjectType } from 'type-graphql';
import { MutationPayload } from '../payload.ts';
import { ApiKey } from './types.ts';

@ObjectType({ description: 'What createApiKey answers.' })
export class CreateApiKeyPayload extends MutationPayload {
  @Field(() => ApiKey, { nullable: true, description: 'The new key.' })
  apiKey?: ApiKey | null;
}

@ObjectType({ description: 'What updateApiKey answers.' })
export class UpdateApiKeyPayload extends MutationPayload {
  @Field(() => ApiKey, { nullable: true, description: 'The key as it is now.' })
  apiKey?: ApiKey | null;
}

@ObjectType({ description: 'What rotateApiKey answers.' })
export class RotateApiKeyPayload extends MutationPayload {
  @Field(() => ApiKey, { nullable: true, description: 'The key as it is now.' })
  apiKey?: ApiKey | null;
}

@ObjectType({ description: 'What validateApiKey answers.' })
export class ValidateApiKeyPayload extends MutationPayload {
  @Field(() => ApiKey, { nullable: true, description: 'The key with what the exchange said: look at `isValid`.' })
  apiKey?: ApiKey | null;
}

@ObjectType({ description: 'What deleteApiKey answers.' })
export class DeleteApiKeyPayload extends MutationPayload {
  @Field(() => ID, { nullable: true, description: 'The id that it had.' })
  deletedId?: string | null;
}
