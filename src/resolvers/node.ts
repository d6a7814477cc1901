import { Arg, Ctx, Field, ID, InterfaceType, Query, Resolver } from 'type-graphql';
import { DomainError } from '../services/errors.ts';
import type { Viewer } from '../services/viewer.ts';
import { type RequestContext, viewerOf } from './context.ts';
import { type IdPrefix, parseGlobalId } from './ids.ts';

@InterfaceType({
  description: 'Anything with a global id. The id tells its type: "bot_01h455vb4pex5vsknk084sn02q".',
})
export abstract class Node {
  @Field(() => ID, { description: 'Global id: type prefix and 26 base32 digits; sorts by age.' })
  id!: string;
}

/** Loads the rows of one type that are the viewer's, as instances of the GraphQL class, in any order; others are left out. */
export type NodeLoader = (viewer: Viewer, uuids: readonly string[], context: RequestContext) => Promise<readonly Node[]>;

const mostNodes = 100;

/** `node` and `nodes`: each area says how its type is loaded. */
@Resolver()
export class NodeResolver {
  readonly #loaders: ReadonlyMap<IdPrefix, NodeLoader>;

  constructor(loaders: ReadonlyMap<IdPrefix, NodeLoader>) {
    this.#loaders = loaders;
  }

  @Query(() => Node, { nullable: true, description: 'Anything by its id; null when it is missing or not yours.' })
  async node(
    @Arg('id', () => ID, { description: 'A global id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Node | null> {
    return (await this.#load([id], context))[0];
  }

  @Query(() => [Node], {
    nullable: 'items',
    description: `Many at once, in the order asked; at most ${mostNodes}. Null for what is missing or not yours.`,
  })
  async nodes(
    @Arg('ids', () => [ID], { description: 'Global ids of any types.' }) ids: string[],
    @Ctx() context: RequestContext,
  ): Promise<(Node | null)[]> {
    if (ids.length > mostNodes)
      throw new DomainError('LIMIT_EXCEEDED', `nodes takes at most ${mostNodes} ids, got ${ids.length}`);
    return this.#load(ids, context);
  }

  async #load(ids: readonly string[], context: RequestContext): Promise<(Node | null)[]> {
    const viewer = viewerOf(context);
    const wanted = new Map<IdPrefix, Set<string>>();
    for (const id of ids) {
      const parsed = parseGlobalId(id);
      if (!parsed || !this.#loaders.has(parsed.prefix)) continue;
      let uuids = wanted.get(parsed.prefix);
      if (!uuids) wanted.set(parsed.prefix, (uuids = new Set()));
      uuids.add(parsed.uuid);
    }
    const loads = [...wanted].map(
      ([prefix, uuids]) => this.#loaders.get(prefix)?.(viewer, [...uuids], context) ?? Promise.resolve([]),
    );
    const found = new Map((await Promise.all(loads)).flat().map((node) => [node.id, node]));
    return ids.map((id) => found.get(id) ?? null);
  }
}
