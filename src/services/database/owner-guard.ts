import type { EventSubscriber, FlushEventArgs } from '@mikro-orm/core';
import { everyone, ownerFilter, ownerOf } from '../../entities/columns/owned.ts';

/**
 * The owner filter keeps people from reading each other's rows; this keeps them from writing any. Whoever flushes through an
 * entity manager bound to a person writes rows of that person, or nothing.
 */
export class OwnerGuard implements EventSubscriber {
  onFlush({ em, uow }: FlushEventArgs): void {
    const bound = em.getFilterParams<{ userId?: string | typeof everyone }>(ownerFilter)?.userId;
    if (bound === everyone) return;
    for (const change of uow.getChangeSets()) {
      const property = ownerOf(change.meta.class);
      if (property === undefined) continue;
      const owner = property === 'id' ? (change.entity as { id: string }).id : idOf((change.entity as { user: unknown }).user);
      if (bound === undefined) throw new Error(`an entity manager that is bound to nobody wrote to ${change.meta.tableName}`);
      if (owner !== bound) throw new Error(`an entity manager of one user wrote a row of another to ${change.meta.tableName}`);
    }
  }
}

function idOf(user: unknown): string | undefined {
  return (user as { id?: string } | null | undefined)?.id;
}
