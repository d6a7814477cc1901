import { type ClassType, Field, InputType } from 'type-graphql';

/** What a field of an enumeration is compared with. */
export interface EnumFilter<T extends string> {
  eq?: T;
  in?: T[];
  notIn?: T[];
}

/**
 * The filter type of a registered enumeration, such as `OrderStatusFilter`. Call it once per enumeration.
 * @param name the enumeration's name in the schema
 */
export function enumFilterOf<T extends string>(values: Readonly<Record<string, T>>, name: string): ClassType<EnumFilter<T>> {
  @InputType(`${name}Filter`, { description: `Conditions on a value of ${name}.` })
  class Filter {
    @Field(() => values, { nullable: true, description: 'Is this.' })
    eq?: T;

    @Field(() => [values], { nullable: true, description: 'Is one of these.' })
    in?: T[];

    @Field(() => [values], { nullable: true, description: 'Is none of these.' })
    notIn?: T[];
  }
  return Filter;
}
