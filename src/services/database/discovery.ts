import type { EntityMetadata } from '@mikro-orm/core';
import { checksFor } from '../../entities/columns/checks.ts';
import type { Dialect } from './database.ts';

/** How entities become tables: every default is the program's, and checks are written for the database at hand. */
export function discovery(dialect: Dialect) {
  return {
    inferDefaultValues: false,
    onMetadata: (meta: EntityMetadata): void => {
      meta.checks = checksFor(dialect, meta.checks);
    },
  };
}
