import { AuditEvent } from '../../entities/identity/AuditEvent.ts';
import { AppState } from '../../entities/operations/AppState.ts';
import type { Database } from '../database/index.ts';
import { type ChainHead, chainHeadKey } from './audit.ts';
import { chainBeginning, type ChainedEvent, chainHash } from './audit-chain.ts';

export interface ChainReport {
  /** Events that were looked at. */
  readonly events: number;
  /** The newest one; note it elsewhere, and a later check can be held to it. */
  readonly head: ChainHead;
  /** What is wrong, in sentences; empty when the log is as it was written. */
  readonly problems: readonly string[];
}

const pageSize = 1_000;
const mostProblems = 20;
const fields = ['sequence', 'hash', 'id', 'userId', 'eventType', 'details', 'ip', 'occurredAt'] as const;

/**
 * Walks the audit log from its first event to its last and finds what was changed, taken out, put in or moved.
 * @param expected a head that was noted earlier: the chain must still hold it, so that not even a rewritten chain passes
 */
export async function verifyAuditChain(database: Database, expected?: ChainHead): Promise<ChainReport> {
  const problems: string[] = [];
  const found = (problem: string): unknown => problems.length < mostProblems && problems.push(problem);
  const rows = database.systemRows();
  // Events may be appended while this reads: the end as noted before must be there, and nothing beyond the end as noted after.
  const before = await notedHead(database);
  let head: ChainHead = { sequence: 0, hash: chainBeginning };
  let events = 0;
  const wanted = [before, expected].filter((one) => one !== undefined && one.sequence > 0) as ChainHead[];
  const seen = new Set<ChainHead>();
  for (;;) {
    const page = await rows.list(AuditEvent, {
      fields,
      where: { sequence: { gt: head.sequence } },
      orderBy: [{ field: 'sequence' }],
      limit: pageSize,
    });
    for (const { hash, ...row } of page) {
      const event = row as ChainedEvent;
      const { sequence } = event;
      if (sequence !== head.sequence + 1) found(missing(head.sequence + 1, sequence - 1));
      else if (hash !== chainHash(head.hash, event)) found(`event ${sequence} or the one before it is not as it was written`);
      for (const one of wanted) if (one.sequence === sequence && one.hash === hash) seen.add(one);
      head = { sequence, hash: hash ?? '' };
      events += 1;
    }
    if (page.length < pageSize) break;
  }
  const after = await notedHead(database);
  const { value: outside } = await rows.countUpTo(AuditEvent, { sequence: { isNull: true } });
  // Events that are older than the chain wait for the first that is appended.
  if (outside > 0 && (events > 0 || before)) found(`${outside} events stand outside the chain`);
  if (before && before.sequence > head.sequence) found(missing(head.sequence + 1, before.sequence));
  else if (before && before.sequence > 0 && !seen.has(before))
    found(`event ${before.sequence} is not the one that was appended last`);
  if (!after && events > 0) found('the note of where the chain ends is gone');
  if (after && after.sequence < head.sequence)
    found(`the chain ends with event ${after.sequence}, but there are ${head.sequence}`);
  if (expected && !seen.has(expected)) found(`event ${expected.sequence} with the hash ${expected.hash} is not in the chain`);
  return { events: events + outside, head, problems };
}

async function notedHead(database: Database): Promise<ChainHead | undefined> {
  const row = await database.systemRows().first(AppState, { fields: ['value'], where: { key: { eq: chainHeadKey } } });
  return row?.value as ChainHead | undefined;
}

const missing = (from: number, to: number): string =>
  from === to ? `event ${from} is missing` : `events ${from} to ${to} are missing`;
