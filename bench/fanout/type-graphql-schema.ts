import type { GraphQLSchema } from 'graphql';
import 'reflect-metadata';
import { Arg, buildSchemaSync, Field, ObjectType, type PubSub, Query, Resolver, Root, Subscription } from 'type-graphql';

@ObjectType()
class Candle {
  @Field(() => String)
  openTime!: string;

  @Field(() => String)
  open!: string;

  @Field(() => String)
  high!: string;

  @Field(() => String)
  low!: string;

  @Field(() => String)
  close!: string;

  @Field(() => String)
  volume!: string;
}

@ObjectType()
class CandleUpdate {
  @Field(() => Boolean)
  isClosed!: boolean;

  @Field(() => Candle)
  candle!: Candle;
}

@Resolver()
class CandleResolver {
  @Query(() => Boolean)
  ok(): boolean {
    return true;
  }

  @Subscription(() => CandleUpdate, { topics: ({ args }) => (args as { symbol: string }).symbol })
  candleUpdated(@Root() update: CandleUpdate, @Arg('symbol', () => String) _symbol: string): CandleUpdate {
    return update;
  }
}

/** The same schema as its readers build it by default, with its own publish and subscribe. */
export function defaultSchema(pubSub: PubSub): GraphQLSchema {
  return buildSchemaSync({ resolvers: [CandleResolver], pubSub, validate: false });
}
