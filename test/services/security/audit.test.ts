import { beforeEach, describe, expect, it } from 'vitest';
import { AuditEvent } from '../../../src/entities/identity/AuditEvent.ts';
import { AppState } from '../../../src/entities/operations/AppState.ts';
import { User } from '../../../src/entities/identity/User.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { newId } from '../../../src/services/ids.ts';
import { audit, chainHeadKey } from '../../../src/services/security/audit.ts';
import { verifyAuditChain } from '../../../src/services/security/audit-verify.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';

const at = new Date('2026-11-28T04:05:06.789Z');

describeOnEachDatabase('the audit log', (open) => {
  let database: Database;
  const write = (name: string, details: Record<string, unknown> = {}): Promise<void> =>
    database.transaction(async (em) =>
      audit(em, { userId: null, type: 'SIGN_IN_FAILED', at, ip: '127.0.0.1', details: { name, ...details } }),
    );
  const execute = (sql: string, values: unknown[] = []): Promise<unknown> =>
    database.transaction((em) => em.execute(sql, values));
  const problems = async (): Promise<readonly string[]> => (await verifyAuditChain(database)).problems;

  beforeEach(async () => {
    database = await open();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await write(name);
  });

  it('is a chain that holds, whatever stands in it', async () => {
    await write('é漢😀', { z: [1, { b: null, a: true }], a: { y: 1.5, x: 1e21 }, text: '"\\' });
    const user = await database.transaction(async (em) => {
      const row = em.create(User, { email: `${newId()}@example.org`, passwordHash: 'x' }, { persist: true });
      await em.flush();
      audit(em, { userId: row.id, type: 'SIGNED_UP', at, details: { when: at, missing: undefined } });
      audit(em, { userId: row.id, type: 'SIGNED_IN', at });
      return row.id;
    });
    const report = await verifyAuditChain(database);
    expect(report).toMatchObject({ events: 8, problems: [], head: { sequence: 8 } });
    const last = await database.system().findOneOrFail(AuditEvent, { sequence: 8 });
    expect([last.hash, last.user?.id, last.eventType]).toEqual([report.head.hash, user, 'SIGNED_IN']);
  });

  it('has no gap and no fork when many append at once, and nothing of what was rolled back', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => write(`many ${i}`)));
    const undone = database.transaction(async (em) => {
      audit(em, { userId: null, type: 'SIGN_IN_FAILED', at });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await verifyAuditChain(database)).toMatchObject({ events: 25, problems: [], head: { sequence: 25 } });
  });

  it('takes no event outside a transaction', () => {
    expect(() => audit(database.system(), { userId: null, type: 'SIGNED_IN', at })).toThrow('no transaction');
  });

  const changed = 'event 3 or the one before it is not as it was written';
  it.each<[string, string, unknown[], string[]]>([
    ['whose details were changed', `update audit_events set details = ? where sequence = 3`, ['{"name":"x"}'], [changed]],
    ['whose kind was changed', `update audit_events set event_type = 'SIGNED_IN' where sequence = 3`, [], [changed]],
    ['whose address was changed', `update audit_events set ip = null where sequence = 3`, [], [changed]],
    [
      'whose hash was changed',
      `update audit_events set hash = ? where sequence = 3`,
      ['0'.repeat(64)],
      [changed, 'event 4 or the one before it is not as it was written'],
    ],
    ['that was taken out', 'delete from audit_events where sequence = 3', [], ['event 3 is missing']],
    [
      'that was taken out with its neighbour',
      'delete from audit_events where sequence in (2, 3)',
      [],
      ['events 2 to 3 are missing'],
    ],
    ['that was the first', 'delete from audit_events where sequence = 1', [], ['event 1 is missing']],
    ['that was the last', 'delete from audit_events where sequence = 5', [], ['event 5 is missing']],
    ['of all', 'delete from audit_events', [], ['events 1 to 5 are missing']],
    [
      'that was hidden',
      'update audit_events set sequence = null, hash = null where sequence = 3',
      [],
      ['event 3 is missing', '1 events stand outside the chain'],
    ],
    [
      'in an order that was changed',
      'update audit_events set sequence = case sequence when 2 then 30 when 3 then 20 else sequence end',
      [],
      [''],
    ],
  ])('shows an event %s', async (_name, sql, values, expected) => {
    expect(await problems()).toEqual([]);
    await execute(sql, values);
    if (expected[0] === '') {
      await execute('update audit_events set sequence = sequence / 10 where sequence >= 20');
      expect(await problems()).toEqual([2, 3, 4].map((n) => `event ${n} or the one before it is not as it was written`));
    } else expect(await problems()).toEqual(expected);
  });

  it('shows an event that was put in, at its end or beside it', async () => {
    await execute(
      `insert into audit_events (id, event_type, details, occurred_at, sequence, hash) select ?, event_type, details, occurred_at, 6, hash from audit_events where sequence = 5`,
      [newId()],
    );
    expect(await problems()).toEqual([
      'event 6 or the one before it is not as it was written',
      'the chain ends with event 5, but there are 6',
    ]);
  });

  it('that was written anew as a whole does not hold the end that somebody noted', async () => {
    const { head } = await verifyAuditChain(database);
    expect((await verifyAuditChain(database, head)).problems).toEqual([]);
    await execute('delete from audit_events');
    await execute('delete from app_states where key = ?', [chainHeadKey]);
    for (const name of ['a', 'b', 'other', 'd', 'e', 'f']) await write(name);
    expect(await problems()).toEqual([]);
    expect((await verifyAuditChain(database, head)).problems).toEqual([`event 5 with the hash ${head.hash} is not in the chain`]);
  });

  it('goes on from its events when the note of its end is lost, and tells that', async () => {
    await execute('delete from app_states where key = ?', [chainHeadKey]);
    expect(await problems()).toEqual(['the note of where the chain ends is gone']);
    await write('f');
    expect(await verifyAuditChain(database)).toMatchObject({ problems: [], head: { sequence: 6 } });
  });

  it('takes events that are older than it as its first links', async () => {
    await execute('update audit_events set sequence = null, hash = null');
    await execute('delete from app_states where key = ?', [chainHeadKey]);
    expect(await verifyAuditChain(database)).toMatchObject({ events: 5, problems: [], head: { sequence: 0 } });
    await write('first of the chain');
    expect(await verifyAuditChain(database)).toMatchObject({ events: 6, problems: [], head: { sequence: 6 } });
    const state = await database.system().findOneOrFail(AppState, { key: chainHeadKey });
    expect(state.value).toMatchObject({ sequence: 6 });
  });
});

describe('the code', () => {
  it('has one place that writes audit events', async () => {
    const { globSync, readFileSync } = await import('node:fs');
    const writers = globSync('src/**/*.ts').filter((file) =>
      /(create|insertMany|insert|upsert|nativeUpdate|nativeDelete)\(\s*AuditEvent\b/.test(readFileSync(file, 'utf8')),
    );
    expect(writers).toEqual(['src/services/security/audit.ts']);
  });
});
