import type { RunnerParts, RunnerTransaction } from '../../../../src/services/bots/runner-parts.ts';
import type { Planned } from '../../../../src/services/bots/planned.ts';
import { createLogger } from '../../../../src/services/logger.ts';
import { decimal } from '../../../../src/trading/money.ts';
import type { TradingSession } from '../../../../src/trading/session.ts';
import { rulesWith } from '../../../simulation/venue.ts';
import { HandTimers } from './hand-timers.ts';

export const minute = 60_000;
export const silent = createLogger({ level: 'silent', pretty: false });

/** Parts of a runner for one part of it alone: a bot on BTC/USDT by the minute, at an exchange where what rests to sell holds the asset. */
export function partsWith(changes: Partial<Record<keyof RunnerParts, unknown>> = {}): RunnerParts {
  return {
    bot: { id: 'b1', name: 'scalper', symbol: 'BTC/USDT', timeframe: 'M1', checkIntervalSeconds: 30 },
    context: { userId: 'u1', botId: 'b1', botName: 'scalper' },
    exchange: { name: 'scripted', sharesReduceOnly: false, now: () => 0, settled: async () => undefined },
    rules: rulesWith('0.1'),
    timers: new HandTimers(),
    clock: { now: () => new Date(0) },
    logger: silent,
    lookUpEveryMs: 2_000,
    ...changes,
  } as unknown as RunnerParts;
}

/** A transaction that nothing is stored in; its events can be read. */
export function transaction(): RunnerTransaction {
  return {
    em: { findOne: async () => null },
    state: { status: 'RUNNING', session: null },
    events: [],
  } as unknown as RunnerTransaction;
}

export const inTransaction = <T>(work: (tx: RunnerTransaction) => Promise<T>): Promise<T> => work(transaction());

/** A bot with what a test says that its session is in. */
export function botWith(session: object, held = '0', more: Partial<Planned> = {}): Planned {
  return {
    session: { position: { side: 0, protection: () => null }, pending: null, ...session } as unknown as TradingSession,
    held: decimal(held),
    openPrice: undefined,
    apply: async () => undefined,
    writeOff: async () => false,
    noEntry: () => undefined,
    save: () => undefined,
    ...more,
  };
}
