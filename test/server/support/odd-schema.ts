import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
} from 'graphql';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../../../src/resolvers/scalars.ts';
import { DomainError } from '../../../src/services/errors.ts';

/* A schema with one of everything that an executor may get wrong: what each thing answers follows from its number alone. */

class Thing {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
  get id(): string {
    return `t${this.number}`;
  }
  get name(): string | null {
    return this.number % 5 === 0 ? null : `thing ${this.number}`;
  }
  get color(): string {
    // Not a value of the enumeration, now and then.
    return ['RED', 'GREEN', 'RED', 'BLUE'][this.number % 4];
  }
}
class Apple extends Thing {
  readonly price = '1.50';
  readonly grid = [[1, 2], null, [3]];
  readonly weights = [1, null, 2.5];
}
class Banana extends Thing {
  readonly at = new Date(0);
  readonly extra = { a: [1, { b: null }] };
  readonly ripe = true;
}
class Stone {
  readonly number = 0;
}

const thing = (number: number): Thing => (number % 2 === 0 ? new Apple(number) : new Banana(number));
const things = (parent: Thing, count: number): Thing[] =>
  Array.from({ length: count }, (_, index) => thing((parent.number * 3 + index + 1) % 11));

const nonNull = <T extends ConstructorParameters<typeof GraphQLNonNull>[0]>(type: T): GraphQLNonNull<T> =>
  new GraphQLNonNull(type);

const Color = new GraphQLEnumType({ name: 'Color', values: { RED: {}, GREEN: { value: 'GREEN' } } });
const Filter: GraphQLInputObjectType = new GraphQLInputObjectType({
  name: 'Filter',
  fields: () => ({
    and: { type: new GraphQLList(nonNull(Filter)) },
    not: { type: Filter },
    eq: { type: GraphQLInt },
    in: { type: new GraphQLList(nonNull(Color)) },
    text: { type: GraphQLString },
    flag: { type: GraphQLBoolean, defaultValue: true },
    most: { type: DecimalScalar },
    since: { type: DateTimeScalar },
  }),
});

const wait = async <T>(value: T): Promise<T> => value;

const common = (): GraphQLFieldConfigMap<Thing, unknown> => ({
  id: { type: nonNull(GraphQLID) },
  name: { type: GraphQLString },
  color: { type: Color },
  strictName: { type: nonNull(GraphQLString), resolve: (parent) => parent.name },
  lateName: { type: GraphQLString, resolve: (parent) => wait(parent.name) },
  number: { type: nonNull(GraphQLInt) },
  self: { type: Thing_, resolve: (parent) => parent },
  peers: {
    type: nonNull(new GraphQLList(nonNull(Thing_))),
    args: { first: { type: GraphQLInt, defaultValue: 2 } },
    resolve: (parent, args) => wait(things(parent, Math.min(4, Number(args['first'] ?? 1)))),
  },
  holes: { type: new GraphQLList(Thing_), resolve: (parent) => [thing(parent.number), null, wait(thing(3)), wait(null)] },
  fails: {
    type: GraphQLString,
    resolve: (parent) => {
      if (parent.number % 3 === 0)
        throw new DomainError('NOT_FOUND', `no name for ${parent.number}`, { details: { missingId: parent.id } });
      return 'fine';
    },
  },
  failsLate: {
    type: nonNull(GraphQLString),
    resolve: async (parent) => {
      if (parent.number % 4 === 1) throw new TypeError('secret of the house');
      return 'fine';
    },
  },
});

const Thing_: GraphQLInterfaceType = new GraphQLInterfaceType({ name: 'Thing', fields: common as never });
const Apple_: GraphQLObjectType<Apple> = new GraphQLObjectType<Apple>({
  name: 'Apple',
  interfaces: [Thing_],
  isTypeOf: (value) => value instanceof Apple,
  fields: () => ({
    ...(common() as unknown as GraphQLFieldConfigMap<Apple, unknown>),
    price: { type: nonNull(DecimalScalar) },
    grid: { type: new GraphQLList(new GraphQLList(nonNull(GraphQLInt))) },
    weights: { type: new GraphQLList(GraphQLFloat) },
    next: { type: Apple_, resolve: (parent) => (parent.number > 6 ? null : new Apple(parent.number + 2)) },
  }),
});
const Banana_: GraphQLObjectType<Banana> = new GraphQLObjectType<Banana>({
  name: 'Banana',
  interfaces: [Thing_],
  isTypeOf: (value) => value instanceof Banana,
  fields: () => ({
    ...(common() as unknown as GraphQLFieldConfigMap<Banana, unknown>),
    at: { type: nonNull(DateTimeScalar) },
    extra: { type: JsonObjectScalar },
    ripe: { type: GraphQLBoolean },
  }),
});
const Fruit = new GraphQLUnionType({ name: 'Fruit', types: [Apple_, Banana_] });

const Query = new GraphQLObjectType({
  name: 'Query',
  fields: {
    thing: { type: Thing_, args: { number: { type: nonNull(GraphQLInt) } }, resolve: (_, args) => thing(Number(args['number'])) },
    things: {
      type: nonNull(new GraphQLList(nonNull(Thing_))),
      args: { first: { type: GraphQLInt } },
      resolve: (_, args) => things(thing(1), Math.min(5, Number(args['first'] ?? 3))),
    },
    fruit: { type: Fruit, resolve: () => wait(thing(4)) },
    fruits: { type: new GraphQLList(nonNull(Fruit)), resolve: () => [thing(1), thing(2), wait(thing(3))] },
    stone: { type: Thing_, resolve: () => new Stone() },
    apple: { type: nonNull(Apple_), resolve: () => new Apple(2) },
    notAnApple: { type: Apple_, resolve: () => new Banana(1) },
    nothing: { type: nonNull(GraphQLString), resolve: () => null },
    notAList: { type: new GraphQLList(GraphQLInt), resolve: () => 5 },
    notANumber: { type: GraphQLInt, resolve: () => 'five' },
    anError: { type: GraphQLString, resolve: () => new RangeError('returned and not thrown') },
    throwsText: {
      type: GraphQLString,
      resolve: () => {
        // oxlint-disable-next-line no-throw-literal -- libraries do
        throw 'only text';
      },
    },
    plain: { type: GraphQLString },
    echo: {
      type: GraphQLString,
      args: {
        id: { type: GraphQLID },
        text: { type: GraphQLString, defaultValue: 'by default' },
        colors: { type: new GraphQLList(Color) },
        filter: { type: Filter },
        amount: { type: DecimalScalar },
        when: { type: DateTimeScalar },
        data: { type: JsonObjectScalar },
        float: { type: GraphQLFloat },
        flag: { type: GraphQLBoolean },
        matrix: { type: new GraphQLList(new GraphQLList(nonNull(GraphQLInt))) },
      },
      resolve: (_, args) => JSON.stringify(args),
    },
  },
});

export const oddSchema = new GraphQLSchema({ query: Query, types: [Apple_, Banana_] });
for (const field of Object.values(Query.getFields())) field.extensions = { access: 'PUBLIC' };
