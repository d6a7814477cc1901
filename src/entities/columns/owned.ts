import type { EntityClass } from '@mikro-orm/core';
import { Filter } from '@mikro-orm/decorators/legacy';

/** Name of the filter that keeps people apart. */
export const ownerFilter = 'owner';

/**
 * What the owner filter is bound to instead of a user's id in the program's own work (jobs, recovery, retention). A symbol, so
 * that nothing that comes from outside can ever equal it.
 */
export const everyone: unique symbol = Symbol('everyone');

/** Parameters of the owner filter, set once per entity manager. */
export interface OwnerParams {
  readonly userId: string | typeof everyone;
}

/**
 * Marks what belongs to a person. Every such row carries the owner itself, also where a parent (the bot of a state, the
 * backtest of a trade) would tell: the condition is then the same one column everywhere, served by an index, in entity
 * queries and plain rows alike, with no join to forget. The filter is on by default and has no default parameter, so an
 * entity manager that was not bound to anybody fails instead of reading everything.
 * Lists of a parent's rows are indexed by parent, owner and time: a foreign parent is then as quickly empty as a missing one, and
 * no planner has to guess that a bot's trades all have one owner.
 * @param column property that holds the owner
 */
export function Owned(column: 'user' | 'id' = 'user'): <T extends EntityClass<unknown>>(target: T) => void {
  const ownRows = ({ userId }: OwnerParams): Record<string, unknown> => (userId === everyone ? {} : { [column]: userId });
  return (target) => {
    owners.set(target, column);
    Filter({ name: ownerFilter, default: true, cond: ownRows as (args: object) => object })(target);
  };
}

const owners = new Map<object, 'user' | 'id'>();

/** The property of an entity class that holds the owner; undefined for what belongs to nobody, such as candles. */
export function ownerOf(entity: object): 'user' | 'id' | undefined {
  return owners.get(entity);
}
