import type { EventSubscriber, FlushEventArgs } from '@mikro-orm/core';
import { DomainError } from '../errors.ts';

/** An escaped U+0000 in JSON, and not a backslash before the letters u0000. */
const escapedNul = /(?<!\\)(?:\\\\)*\\u0000/;

/** PostgreSQL cannot store the character U+0000 and SQLite can: nobody may, and they are told which field has it. */
export class TextGuard implements EventSubscriber {
  onFlush({ uow }: FlushEventArgs): void {
    for (const { meta, payload } of uow.getChangeSets())
      for (const [field, value] of Object.entries(payload))
        if (typeof value === 'string' && (value.includes('\0') || escapedNul.test(value)))
          throw new DomainError('INVALID', `${field} of ${meta.tableName}: text may not contain the character U+0000`);
  }
}
