import { LogEntry, LogLevel } from '../../entities/operations/LogEntry.ts';
import {
  ReconciliationOutcome,
  ReconciliationRun,
  ReconciliationTrigger,
  type StoredDifference,
  type StoredPicture,
} from '../../entities/operations/ReconciliationRun.ts';
import { clipped } from '../clip.ts';
import type { EntityManager } from '../database/database.ts';

/** What is kept of one reconciliation. */
export interface RunRecord {
  readonly id: string;
  readonly userId: string;
  readonly botId: string;
  readonly trigger: ReconciliationTrigger;
  readonly outcome: ReconciliationOutcome;
  readonly fencingToken: number;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly expected: StoredPicture;
  readonly found: StoredPicture | null;
  readonly differences: readonly StoredDifference[];
  readonly message: string | null;
}

const longest = 2_000;
const mostDifferences = 100;

/**
 * Writes a reconciliation down. Of the regular looks that found nothing to do, each takes the place of the one before: they come every few
 * minutes for ever. So does each of those in a row that an exchange did not answer. One that failed stands in the bot's log, too.
 */
export async function writeRun(em: EntityManager, record: RunRecord): Promise<void> {
  const { userId, botId, trigger, outcome, differences, message, finishedAt } = record;
  if (trigger === ReconciliationTrigger.PERIODIC && outcome === ReconciliationOutcome.MATCHED)
    await em.nativeDelete(ReconciliationRun, { bot: botId, trigger, outcome });
  if (outcome === ReconciliationOutcome.INCOMPLETE && differences.length === 0) await forgetLastInVain(em, botId);
  em.persist(
    em.create(ReconciliationRun, {
      id: record.id,
      user: userId,
      bot: botId,
      trigger,
      outcome,
      fencingToken: record.fencingToken,
      startedAt: record.startedAt,
      finishedAt,
      expected: record.expected,
      found: record.found,
      differences: differences.slice(0, mostDifferences),
      message: message === null ? null : clipped(message, longest),
    }),
  );
  if (outcome === ReconciliationOutcome.FAILED)
    em.persist(
      em.create(LogEntry, {
        user: userId,
        bot: botId,
        level: LogLevel.ERROR,
        message: message ?? 'the books of the bot do not agree',
        fields: { reconciliationRun: record.id, differences: differences.slice(0, mostDifferences) },
        timestamp: finishedAt,
      }),
    );
  await em.flush();
}

/** Where the bot's last reconciliation came to nothing, too. */
async function forgetLastInVain(em: EntityManager, botId: string): Promise<void> {
  const last = await em.findOne(ReconciliationRun, { bot: botId }, { orderBy: { id: 'desc' } });
  if (last?.outcome === ReconciliationOutcome.INCOMPLETE && last.differences.length === 0)
    await em.nativeDelete(ReconciliationRun, { id: last.id });
}
