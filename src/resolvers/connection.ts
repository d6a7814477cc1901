import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'Where a page stands in the whole.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after `endCursor`.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is more before `startCursor`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item; null on an empty page.' })
  endCursor!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'Size of a whole result. Counting stops at 10,000 so that it stays cheap.' })
export class ResultCount {
  @Field(() => Int, { description: 'Items counted.' })
  value!: number;

  @Field(() => Boolean, { description: 'False when counting stopped: there are at least `value`.' })
  exact!: boolean;
}

/** Which part of a list is wanted. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'So many from the start, or after `after`.' })
  first?: number;

  @Field(() => String, { nullable: true, description: 'Go on after this cursor.' })
  after?: string;

  @Field(() => Int, { nullable: true, description: 'So many from the end, or before `before`.' })
  last?: number;

  @Field(() => String, { nullable: true, description: 'Go back from this cursor.' })
  before?: string;
}

/** A page as the services make it. */
export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  cursorOf(row: Row): string;
}

/** A page as GraphQL reads it; cursors are made only where they are asked for. */
export class PageView<Row, Node> {
  readonly #page: PageOf<Row>;
  readonly #count: () => Promise<ResultCount>;
  readonly nodes: readonly Node[];

  constructor(page: PageOf<Row>, nodeOf: (row: Row) => Node, count: () => Promise<ResultCount>) {
    this.#page = page;
    this.#count = count;
    this.nodes = page.rows.map(nodeOf);
  }

  get edges(): { cursor: string; node: Node }[] {
    return this.#page.rows.map((row, index) => ({ cursor: this.#page.cursorOf(row), node: this.nodes[index] }));
  }

  get pageInfo(): PageInfo {
    const { rows, hasNextPage, hasPreviousPage } = this.#page;
    const first = rows[0];
    const last = rows.at(-1);
    return {
      hasNextPage,
      hasPreviousPage,
      startCursor: first === undefined ? null : this.#page.cursorOf(first),
      endCursor: last === undefined ? null : this.#page.cursorOf(last),
    };
  }

  count(): Promise<ResultCount> {
    return this.#count();
  }
}

/**
 * The Relay connection of a node type: `XConnection` with `edges`, `nodes`, `pageInfo` and a lazy `count`.
 * Call it once per node type, at the top of the area's file; fields are fed with `PageView`.
 * @param name the node type's name in the schema
 * @param plural its plural, for the descriptions
 */
export function connectionOf<T extends object>(
  node: ClassType<T>,
  name: string,
  plural: string,
): ClassType<PageView<unknown, T>> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One of the ${plural}.` })
  class Edge {
    @Field(() => String, { description: 'Opaque; valid as long as filter and order are the same.' })
    cursor!: string;

    @Field(() => node, { description: 'The item.' })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of ${plural}.` })
  class Connection {
    @Field(() => [Edge], { description: 'The items with their cursors.' })
    edges!: Edge[];

    @Field(() => [node], { description: 'The items.' })
    nodes!: T[];

    @Field(() => PageInfo, { description: 'Where the page stands.' })
    pageInfo!: PageInfo;

    @Field(() => ResultCount, { description: 'Size of the whole result; costs a query, ask only when you show it.' })
    count!: ResultCount;
  }
  return Connection as unknown as ClassType<PageView<unknown, T>>;
}
