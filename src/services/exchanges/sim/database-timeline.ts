import { LockMode } from '@mikro-orm/core';
import { AppState } from '../../../entities/operations/AppState.ts';
import type { Database } from '../../database/index.ts';
import type { Timeline, TimelineStore } from './timeline.ts';

const key = 'simulated time';

/** The timeline of the simulated market in the database: one row that every process locks while it changes it. */
export class DatabaseTimelineStore implements TimelineStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  update(change: (stored: Timeline | undefined) => Timeline): Promise<Timeline> {
    return this.database.transaction(async (em) => {
      // Two processes that start on a new database both insert; the second one's is ignored, and it waits for the lock below.
      await em.upsert(AppState, { key, value: {}, updatedAt: new Date() }, { onConflictAction: 'ignore' });
      const row = await em.findOneOrFail(AppState, { key }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
      const timeline = change(isTimeline(row.value) ? row.value : undefined);
      row.value = { ...timeline };
      return timeline;
    });
  }
}

function isTimeline(value: unknown): value is Timeline {
  if (typeof value !== 'object' || value === null) return false;
  return ['simTime', 'wallTime', 'speed', 'aliveUntil'].every((name) => Number.isFinite(Reflect.get(value, name)));
}
