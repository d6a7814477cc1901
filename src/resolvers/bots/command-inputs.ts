import { Field, ID, InputType, Int } from 'type-graphql';

@InputType({ description: 'Which bot to delete.' })
export class DeleteBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which bot to start.' })
export class StartBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which bot to pause.' })
export class PauseBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;
}

@InputType({ description: 'Which bot to resume.' })
export class ResumeBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;
}

@InputType({ description: 'Which bot to stop.' })
export class StopBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Closes its position at the market first. Otherwise, and by default, it stays open, with its stop and target at the exchange.',
  })
  closePosition?: boolean | null;
}
