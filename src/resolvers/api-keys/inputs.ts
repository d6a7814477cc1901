import { Field, ID, InputType, Int } from 'type-graphql';
import { ApiKeyPermission } from '../../entities/exchange/ApiKey.ts';

@InputType({
  description:
    'Secrets of an account at an exchange, as the exchange shows them once. They are stored encrypted and never told again.',
})
class SecretsInput {
  @Field(() => String, { description: 'The key itself: 8 to 1,024 characters.' })
  apiKey!: string;

  @Field(() => String, { description: 'Its secret: 8 to 8,192 characters; a private key as PEM too.' })
  secret!: string;

  @Field(() => String, { nullable: true, description: 'Its passphrase, where the exchange has one: at most 512 characters.' })
  passphrase?: string | null;
}

@InputType({ description: 'A new key.' })
export class CreateApiKeyInput extends SecretsInput {
  @Field(() => String, { description: 'Name of the exchange: "binance". `sim` needs no key.' })
  exchange!: string;

  @Field(() => String, { description: 'What to call it: 1 to 120 characters, no two alike.' })
  label!: string;

  @Field(() => ApiKeyPermission, { description: 'What it shall be used for; the exchange must allow as much.' })
  permission!: ApiKeyPermission;
}

@InputType({ description: 'Which key to call something else.' })
export class UpdateApiKeyInput {
  @Field(() => ID, { description: 'A key_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;

  @Field(() => String, { description: 'What to call it: 1 to 120 characters, no two alike.' })
  label!: string;
}

@InputType({ description: 'New secrets for a key of the same exchange.' })
export class RotateApiKeyInput extends SecretsInput {
  @Field(() => ID, { description: 'A key_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which key to ask the exchange about.' })
export class ValidateApiKeyInput {
  @Field(() => ID, { description: 'A key_ id.' })
  id!: string;
}

@InputType({ description: 'Which key to delete.' })
export class DeleteApiKeyInput {
  @Field(() => ID, { description: 'A key_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;
}
