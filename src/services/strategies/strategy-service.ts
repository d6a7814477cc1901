import { OptimisticLockError, UniqueConstraintViolationException } from '@mikro-orm/core';
import { User } from '../../entities/identity/User.ts';
import { Strategy, StrategyKind, type StrategyStatus } from '../../entities/trading/Strategy.ts';
import { parameterSchema, type ParameterSchema } from '../../trading/parameters.ts';
import { ruleDeclarations } from '../../trading/rules/index.ts';
import { builtInStrategies } from '../../trading/strategies/index.ts';
import type { BoundStrategy, StrategyDefinition } from '../../trading/strategy.ts';
import type { Count, Database, EntityManager, Page, PageArguments, RowFilter, RowOf, RowOrder } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import { checkedDescription, checkedName } from '../input-checks.ts';
import type { Viewer } from '../viewer.ts';
import {
  bindStored,
  checkedParameters,
  declaredOf,
  definitionOf,
  definitionSnapshot,
  namedDefinition,
  newDefinition,
  replacedRules,
  rulesOf,
  threadStrategyOf,
} from './definition.ts';
import { noPlugins, type Plugins } from './plugins/plugins.ts';
import { threadModule, type ThreadStrategy } from './thread-definition.ts';

const fields = [
  'id',
  'name',
  'description',
  'kind',
  'definition',
  'parameters',
  'status',
  'version',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof RowOf<Strategy>)[];

/** A strategy as it is shown. */
export type StrategyView = Pick<RowOf<Strategy>, (typeof fields)[number]>;

export interface CreateStrategy {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly kind: StrategyKind;
  /** Name of the built-in strategy. */
  readonly builtIn?: string | null | undefined;
  /** Name of the plugin. */
  readonly plugin?: string | null | undefined;
  /** The tree of conditions, not looked at yet. */
  readonly rules?: unknown;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Absent: unchanged. Null: cleared, which for parameters means their defaults; a name cannot be cleared. */
export interface UpdateStrategy {
  readonly id: string;
  /** Refuse when somebody changed it since this version. */
  readonly expectedVersion?: number | null | undefined;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** Of a strategy of rules: the new ones; they cannot be cleared. Parameters that they declare too keep their values. */
  readonly rules?: unknown;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A strategy in one of three ways: somebody's own by its id, a built-in or a plugin by its name. */
export interface StrategyChoice {
  readonly strategyId?: string | null | undefined;
  readonly builtIn?: string | null | undefined;
  readonly plugin?: string | null | undefined;
}

/** Strategies that one person may have. */
const mostStrategies = 1_000;

/** People's strategies: a definition with their parameters, named by them. */
export class StrategyService {
  readonly #database: Database;
  /** The strategies that the operator put into the folder. */
  readonly plugins: Plugins;

  constructor(database: Database, plugins: Plugins = noPlugins) {
    this.#database = database;
    this.plugins = plugins;
  }

  /** The strategies that come with the product. */
  builtIns(): readonly StrategyDefinition[] {
    return builtInStrategies;
  }

  /**
   * Keeps a strategy with checked, complete parameters.
   * @throws DomainError REQUIRED, INVALID, TAKEN
   */
  async create(viewer: Viewer, input: CreateStrategy): Promise<StrategyView> {
    const name = checkedName('the name of the strategy', input.name, ['input', 'name']);
    const description = checkedDescription(input.description, ['input', 'description']);
    const stored = newDefinition(input, this.plugins);
    const definition = definitionOf({ kind: input.kind, definition: stored }, this.plugins);
    const parameters = checkedParameters(definition, input.parameters, ['input', 'parameters']);
    const id = await this.#write(viewer, name, async (em) => {
      const { value } = await this.#database.rows(viewer.userId, em).countUpTo(Strategy, {}, mostStrategies);
      if (value >= mostStrategies)
        throw new DomainError('INVALID', `you have ${value} strategies, the maximum is ${mostStrategies}`, {
          details: { limit: String(mostStrategies) },
        });
      await this.#assertFree(em, viewer, name);
      const strategy = em.create(Strategy, {
        user: em.getReference(User, viewer.userId, { wrapped: true }),
        name,
        description,
        kind: input.kind,
        definition: stored,
        parameters: { ...parameters },
      });
      await em.persist(strategy).flush();
      return strategy.id;
    });
    return this.get(viewer, id);
  }

  /**
   * Changes what is given.
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT, REQUIRED, INVALID, TAKEN
   */
  async update(viewer: Viewer, input: UpdateStrategy): Promise<StrategyView> {
    const path = ['input', 'patch'];
    const name =
      input.name === undefined ? undefined : checkedName('the name of the strategy', input.name ?? '', [...path, 'name']);
    const description =
      input.description === undefined ? undefined : checkedDescription(input.description, [...path, 'description']);
    await this.#write(viewer, name ?? '', async (em) => {
      const strategy = await this.#forChange(em, input.id, input.expectedVersion);
      if (name !== undefined && name !== strategy.name) await this.#assertFree(em, viewer, name, [...path, 'name']);
      if (name !== undefined) strategy.name = name;
      if (description !== undefined) strategy.description = description;
      if (input.rules !== undefined) strategy.definition = replacedRules(strategy, input.rules, [...path, 'rules']);
      if (input.rules !== undefined || input.parameters !== undefined) {
        const definition = definitionOf(strategy, this.plugins);
        const parameters = input.parameters === undefined ? declaredOf(strategy.parameters, definition) : input.parameters;
        strategy.parameters = { ...checkedParameters(definition, parameters, [...path, 'parameters']) };
      }
      await em.flush();
    });
    return this.get(viewer, input.id);
  }

  /**
   * Takes a strategy out of use, or back into it; what ran with it stays. Doing it twice changes nothing.
   * @throws DomainError NOT_FOUND, VERSION_CONFLICT
   */
  async setStatus(viewer: Viewer, id: string, status: StrategyStatus, expectedVersion?: number | null): Promise<StrategyView> {
    await this.#write(viewer, '', async (em) => {
      const strategy = await this.#forChange(em, id, expectedVersion);
      strategy.status = status;
      await em.flush();
    });
    return this.get(viewer, id);
  }

  /** JSON Schema of a strategy's parameters; without any where this program has no such strategy any more. */
  parameterSchema(strategy: Pick<StrategyView, 'kind' | 'definition'>): ParameterSchema {
    const name = strategy.definition['name'];
    switch (strategy.kind) {
      case StrategyKind.BUILT_IN:
        return parameterSchema(builtInStrategies.find((definition) => definition.name === name)?.parameters ?? {});
      case StrategyKind.PLUGIN:
        return parameterSchema(this.plugins.find(String(name))?.definition.parameters ?? {});
      case StrategyKind.RULES:
        return parameterSchema(ruleDeclarations(rulesOf(strategy)?.parameters));
    }
  }

  /** @throws DomainError NOT_FOUND when it is missing or somebody else's */
  async get(viewer: Viewer, id: string): Promise<StrategyView> {
    const found = await this.#database.rows(viewer.userId).find(Strategy, id, fields);
    if (!found) throw notFound('strategy', id, ['input', 'id']);
    return found;
  }

  /**
   * A strategy with some parameters overridden, ready to be given candles.
   * @param path where the overrides stand in the caller's input
   * @throws DomainError NOT_FOUND at `input.strategyId`; INVALID for a bad parameter
   */
  async bind(
    viewer: Viewer,
    id: string,
    overrides: Readonly<Record<string, unknown>> | null | undefined,
    path: readonly string[] = ['input', 'parameters'],
  ): Promise<{ readonly strategy: StrategyView; readonly bound: BoundStrategy }> {
    const strategy = await this.#database.rows(viewer.userId).find(Strategy, id, fields);
    if (!strategy) throw notFound('strategy', id, ['input', 'strategyId']);
    const bound = bindStored(strategy, overrides, path, this.plugins);
    return { strategy: { ...strategy, definition: definitionSnapshot(strategy, this.plugins) }, bound };
  }

  /**
   * The strategy that is chosen, with some parameters overridden, here and for a thread.
   * @throws DomainError REQUIRED or INVALID unless exactly one is chosen; NOT_FOUND, INVALID as `bind`
   */
  async choose(
    viewer: Viewer,
    { strategyId, builtIn, plugin }: StrategyChoice,
    overrides: Readonly<Record<string, unknown>> | null | undefined,
  ): Promise<{ readonly bound: BoundStrategy; readonly thread: ThreadStrategy }> {
    const given = [strategyId, builtIn, plugin].filter((one) => one !== null && one !== undefined);
    if (given.length !== 1)
      throw new DomainError(
        given.length === 0 ? 'REQUIRED' : 'INVALID',
        `name one strategy: strategyId, builtIn or plugin, not ${given.length} of them`,
        { path: ['input'] },
      );
    if (typeof strategyId === 'string') {
      const { strategy, bound } = await this.bind(viewer, strategyId, overrides);
      return { bound, thread: threadStrategyOf(strategy, this.plugins) };
    }
    const kind = typeof plugin === 'string' ? StrategyKind.PLUGIN : StrategyKind.BUILT_IN;
    const { name } = namedDefinition({ kind, builtIn, plugin }, this.plugins);
    const stored = { kind, definition: { name }, parameters: {} };
    return {
      bound: bindStored(stored, overrides, ['input', 'parameters'], this.plugins),
      thread: threadStrategyOf(stored, this.plugins),
    };
  }

  /**
   * How a thread gets the strategy of a snapshot, as `bind` gives it; undefined for a built-in, which a thread knows by its name.
   * @throws DomainError INVALID when this program has no such plugin any more, or another version of it
   */
  threadSource(
    snapshot: Readonly<Record<string, unknown>>,
  ): { readonly module: string; readonly strategy: ThreadStrategy } | undefined {
    const { kind, definition } = snapshot as Pick<StrategyView, 'kind' | 'definition'>;
    if (kind === StrategyKind.BUILT_IN) return undefined;
    return { module: threadModule, strategy: threadStrategyOf({ kind, definition }, this.plugins) };
  }

  /** By id; those that are missing or somebody else's are left out. */
  byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, StrategyView>> {
    return this.#database.rows(viewer.userId).byIds(Strategy, ids, fields);
  }

  page(
    viewer: Viewer,
    args: PageArguments,
    query: { where?: RowFilter<Strategy> | undefined; orderBy?: readonly RowOrder<Strategy>[] | undefined } = {},
  ): Promise<Page<StrategyView>> {
    return this.#database.rows(viewer.userId).page(Strategy, { fields, ...query }, args);
  }

  count(viewer: Viewer, where?: RowFilter<Strategy>): Promise<Count> {
    return this.#database.rows(viewer.userId).countUpTo(Strategy, where);
  }

  async #forChange(em: EntityManager, id: string, expectedVersion: number | null | undefined): Promise<Strategy> {
    const strategy = await em.findOne(Strategy, { id });
    if (!strategy) throw notFound('strategy', id, ['input', 'id']);
    if (typeof expectedVersion === 'number' && expectedVersion !== strategy.version)
      throw conflict(strategy.name, expectedVersion, strategy.version);
    return strategy;
  }

  async #assertFree(em: EntityManager, viewer: Viewer, name: string, path: readonly string[] = ['input', 'name']): Promise<void> {
    const same = await this.#database.rows(viewer.userId, em).first(Strategy, { fields: ['id'], where: { name: { eq: name } } });
    if (same) throw taken(name, path);
  }

  /** A transaction; two that race for one name or one row end as they would have one after the other. */
  async #write<T>(viewer: Viewer, name: string, work: (em: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.#database.transaction(work, { userId: viewer.userId });
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) throw taken(name);
      if (error instanceof OptimisticLockError)
        throw new DomainError('VERSION_CONFLICT', 'the strategy was changed by somebody else meanwhile: read it again');
      throw error;
    }
  }
}

function taken(name: string, path: readonly string[] = ['input', 'name']): DomainError {
  return new DomainError('TAKEN', `you have a strategy named "${name}" already`, { path });
}

function conflict(name: string, expected: number, current: number): DomainError {
  return new DomainError('VERSION_CONFLICT', `strategy "${name}" has version ${current}, not ${expected}: read it again`, {
    path: ['input', 'expectedVersion'],
    details: { currentVersion: current },
  });
}
