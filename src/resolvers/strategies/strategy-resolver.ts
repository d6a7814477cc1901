import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { StrategyService, StrategyView } from '../../services/strategies/strategy-service.ts';
import { parameterSchema } from '../../trading/parameters.ts';
import { PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { mutation } from '../payload.ts';
import {
  ArchiveStrategyInput,
  CreateStrategyInput,
  RestoreStrategyInput,
  strategyCondition,
  StrategyListArgs,
  strategySort,
  UpdateStrategyInput,
} from './inputs.ts';
import { ArchiveStrategyPayload, CreateStrategyPayload, RestoreStrategyPayload, UpdateStrategyPayload } from './payloads.ts';
import { plainRules } from './rules-inputs.ts';
import { BuiltInStrategy, Strategy, StrategyConnection, strategyOf, StrategyPlugin } from './types.ts';

const input = { description: 'What the mutation needs.' };
const idPath = ['input', 'id'];

/** Strategies: those that come with the product, and people's own. */
@Resolver()
export class StrategyResolver {
  readonly #strategies: StrategyService;

  constructor(strategies: StrategyService) {
    this.#strategies = strategies;
  }

  @Query(() => [BuiltInStrategy], { description: 'The strategies that come with the product.' })
  builtInStrategies(): BuiltInStrategy[] {
    return this.#strategies.builtIns().map(({ name, description, parameters }) => {
      return Object.assign(new BuiltInStrategy(), { name, description, parameterSchema: parameterSchema(parameters) });
    });
  }

  @Query(() => [StrategyPlugin], {
    description: "The files in the server's folder of strategies, by name; those that cannot be used with the reason.",
  })
  strategyPlugins(): StrategyPlugin[] {
    const { loaded, problems } = this.#strategies.plugins;
    const files = [
      ...loaded.map(({ file, sha256, definition: { name, description, parameters } }) => {
        return { file, name, description, parameterSchema: parameterSchema(parameters), sha256, problem: null };
      }),
      ...problems.map(({ file, reason }) => {
        return { file, name: null, description: null, parameterSchema: null, sha256: null, problem: reason };
      }),
    ];
    return files.toSorted((a, b) => (a.file < b.file ? -1 : 1)).map((file) => Object.assign(new StrategyPlugin(), file));
  }

  @Query(() => StrategyConnection, { description: 'Your strategies.' })
  async strategies(
    @Args(() => StrategyListArgs) { filter, orderBy, ...page }: StrategyListArgs,
    @Ctx() context: RequestContext,
  ): Promise<PageView<unknown, Strategy>> {
    const viewer = viewerOf(context);
    const where = strategyCondition(filter);
    const rows = await this.#strategies.page(viewer, page, { where, orderBy: strategySort(orderBy) });
    return new PageView(
      rows,
      (row) => this.#shown(row),
      () => this.#strategies.count(viewer, where),
    );
  }

  @Query(() => Strategy, { nullable: true, description: 'A strategy of yours; null when there is none with this id.' })
  async strategy(
    @Arg('id', () => ID, { description: 'A str_ id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Strategy | null> {
    const uuid = fromGlobalId('str', id, ['id']);
    const found = (await this.#strategies.byIds(viewerOf(context), [uuid])).get(uuid);
    return found ? this.#shown(found) : null;
  }

  @Mutation(() => CreateStrategyPayload, { description: 'Keeps a strategy with parameters of your own.' })
  createStrategy(
    @Arg('input', () => CreateStrategyInput, input) strategy: CreateStrategyInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateStrategyPayload> {
    return mutation(CreateStrategyPayload, async () => ({
      strategy: this.#shown(await this.#strategies.create(viewerOf(context), { ...strategy, rules: plainRules(strategy.rules) })),
    }));
  }

  @Mutation(() => UpdateStrategyPayload, { description: 'Changes a strategy. What ran with it stays as it was.' })
  updateStrategy(
    @Arg('input', () => UpdateStrategyInput, input) { id, expectedVersion, patch }: UpdateStrategyInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateStrategyPayload> {
    return mutation(UpdateStrategyPayload, async () => {
      const change = { ...patch, rules: plainRules(patch.rules), id: fromGlobalId('str', id, idPath), expectedVersion };
      return { strategy: this.#shown(await this.#strategies.update(viewerOf(context), change)) };
    });
  }

  @Mutation(() => ArchiveStrategyPayload, {
    description: 'ACTIVE → INACTIVE: nothing new can be started with it. What ran with it stays.',
  })
  archiveStrategy(
    @Arg('input', () => ArchiveStrategyInput, input) { id, expectedVersion }: ArchiveStrategyInput,
    @Ctx() context: RequestContext,
  ): Promise<ArchiveStrategyPayload> {
    return mutation(ArchiveStrategyPayload, async () => {
      const uuid = fromGlobalId('str', id, idPath);
      return { strategy: this.#shown(await this.#strategies.setStatus(viewerOf(context), uuid, 'INACTIVE', expectedVersion)) };
    });
  }

  @Mutation(() => RestoreStrategyPayload, { description: 'INACTIVE → ACTIVE: it can be run again.' })
  restoreStrategy(
    @Arg('input', () => RestoreStrategyInput, input) { id, expectedVersion }: RestoreStrategyInput,
    @Ctx() context: RequestContext,
  ): Promise<RestoreStrategyPayload> {
    return mutation(RestoreStrategyPayload, async () => {
      const uuid = fromGlobalId('str', id, idPath);
      return { strategy: this.#shown(await this.#strategies.setStatus(viewerOf(context), uuid, 'ACTIVE', expectedVersion)) };
    });
  }

  #shown(view: StrategyView): Strategy {
    return strategyOf(view, this.#strategies.parameterSchema(view));
  }
}

/** How strategies are refetched by id. */
export function strategyNodes(strategies: StrategyService): [['str', NodeLoader]] {
  const loader: NodeLoader = async (viewer, ids) =>
    [...(await strategies.byIds(viewer, ids)).values()].map((view) => strategyOf(view, strategies.parameterSchema(view)));
  return [['str', loader]];
}
