import { beforeEach, describe, expect, it } from 'vitest';
import { BotFailures } from '../../../src/services/bots/bot-failures.ts';
import { type Lease, LeaseLostError, type Leases } from '../../../src/services/bots/lease.ts';
import type { OutageWaits } from '../../../src/services/bots/outage-waits.ts';
import { RulesChangedError } from '../../../src/services/bots/rules-watch.ts';
import { CutShortError } from '../../../src/services/bots/start-attempt.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { AccountLostError } from '../../../src/services/exchanges/account-lost.ts';
import { DeadlineError } from '../../../src/services/orders/outcome.ts';
import { ReconciliationError } from '../../../src/services/reconciliation/reconciliation-error.ts';
import { HandTimers } from './support/hand-timers.ts';
import { silent } from './support/builders.ts';

const lease: Lease = { botId: 'b1', token: 7 };
const idle = (): Promise<void> => Promise.resolve();

describe('a bot that cannot go on', () => {
  let done: string[];
  let timers: HandTimers;
  let failures: BotFailures;
  let isDatabaseAway: boolean;
  /** It is to stop, and nothing is left for the exchange to do. */
  let isIdle: boolean;

  beforeEach(() => {
    done = [];
    timers = new HandTimers();
    isDatabaseAway = false;
    isIdle = false;
    const did = (what: string) => async (): Promise<void> => {
      if (isDatabaseAway) throw new Error('the database is away');
      done.push(what);
    };
    failures = new BotFailures({
      database: { transaction: did('ERROR') } as unknown as Database,
      log: undefined as never,
      timers,
      logger: silent,
      leases: { release: did('lease given back') } as unknown as Leases,
      waits: {
        begin: did('waits'),
        forget: () => undefined,
        stopIfIdle: async () => isIdle,
      } as unknown as OutageWaits,
      onAnew: () => void done.push('begun anew'),
    });
  });

  const failing = (error: unknown, isStopping = false): Promise<void> => failures.take(lease, error, isStopping);

  it.each<{ why: string; error: Error; isStopping?: boolean; expected: string[] }>([
    { why: 'another process runs it', error: new LeaseLostError('b1'), expected: [] },
    { why: 'another process runs it while this one stops', error: new LeaseLostError('b1'), isStopping: true, expected: [] },
    { why: 'its account is traded elsewhere', error: new AccountLostError('taken'), expected: ['lease given back'] },
    { why: 'its market has new rules', error: new RulesChangedError('new'), expected: ['lease given back', 'begun anew'] },
    {
      why: 'this process stops',
      error: new DomainError('EXCHANGE_REJECTED', 'no'),
      isStopping: true,
      expected: ['lease given back'],
    },
    { why: 'its start was called off', error: new CutShortError(), expected: ['lease given back', 'begun anew'] },
    { why: 'its exchange does not answer', error: new DomainError('EXCHANGE_UNAVAILABLE', 'no answer'), expected: ['waits'] },
    { why: 'its exchange answers too late', error: new DeadlineError('it', 1), expected: ['waits'] },
    { why: 'what it needs is refused', error: new DomainError('EXCHANGE_REJECTED', 'no'), expected: ['ERROR'] },
    { why: 'its books do not agree', error: new ReconciliationError('no'), expected: ['ERROR'] },
    { why: 'nobody knows', error: new TypeError('oops'), expected: ['lease given back'] },
  ])('because $why: $expected', async ({ error, isStopping = false, expected }) => {
    await failing(error, isStopping);
    expect(done).toEqual(expected);
  });

  it('stops at once when its start was called off and nothing is left to do', async () => {
    isIdle = true;
    await failing(new CutShortError());
    expect(done).toEqual([]);
  });

  it.each([
    { seconds: 60, expected: 'ERROR' },
    { seconds: 61, expected: 'lease given back' },
  ])('fails again after $seconds s: $expected', async ({ seconds, expected }) => {
    await failing(new TypeError('oops'));
    await timers.pass(seconds * 1_000, idle);
    await failing(new TypeError('oops'));
    expect(done).toEqual(['lease given back', expected]);
  });

  it('is tried once more after a person has stopped and started it, however soon', async () => {
    await failing(new TypeError('oops'));
    failures.forget('b1');
    await failing(new TypeError('oops'));
    expect(done).toEqual(['lease given back', 'lease given back']);
  });

  it('keeps its lease until it expires when its failure cannot be written down', async () => {
    isDatabaseAway = true;
    for (const error of [new TypeError('oops'), new DomainError('INVALID', 'no'), new DomainError('EXCHANGE_UNAVAILABLE', 'no')])
      await failing(error);
    expect(done).toEqual([]);
  });
});
