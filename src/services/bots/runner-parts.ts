import type { ReconciliationTrigger } from '../../entities/operations/ReconciliationRun.ts';
import type { Bot } from '../../entities/trading/Bot.ts';
import type { BotState } from '../../entities/trading/BotState.ts';
import type { BoundStrategy } from '../../trading/strategy.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { EventLog } from '../events/log.ts';
import type { Exchange } from '../exchanges/port/exchange.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import type { MarketRules } from '../exchanges/port/market-rules.ts';
import type { Logger } from '../logger.ts';
import type { OrderContext } from '../orders/order-context.ts';
import type { LedgerTransaction } from '../orders/order-desk-parts.ts';
import type { RiskGate } from '../risk/risk-gate.ts';
import type { Timers } from '../timers.ts';
import type { Lease } from './lease.ts';
import type { LiveAccount } from './live-account.ts';

/** The market data that a bot trades by. */
export type BotMarket = Pick<CandleSource, 'name' | 'now' | 'markets' | 'history' | 'subscribeCandles'>;

/** What a runner is made of: one bot, its lease, its account at the exchange. */
export interface RunnerParts {
  readonly bot: Bot;
  readonly lease: Lease;
  /** What the bot had stored when its lease was taken. */
  readonly left: Pick<BotState, 'session' | 'lastCandleAt'>;
  readonly strategy: BoundStrategy;
  readonly market: BotMarket;
  readonly exchange: Exchange;
  /** Of a LIVE bot; see `LiveAccount`. */
  readonly fence?: LiveAccount['fence'];
  readonly rules: MarketRules;
  readonly context: OrderContext;
  /** Looks at entries with the eyes of the bot's owner: their limits and halts. */
  readonly risk: RiskGate;
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** For client order ids. */
  readonly idKey: Uint8Array;
  /** How far apart orders of unknown fate are looked up, in milliseconds. */
  readonly lookUpEveryMs: number;
  /** Aborted when the bot need not come to run any more: then recovery waits for nothing. */
  readonly cut: AbortSignal;
  /** Why the bot reconciles when it begins: a person started it, or the program found it at work. */
  readonly trigger: ReconciliationTrigger;
  /** The bot was stopped by a person and has wound up. */
  readonly onStopped: () => void;
  /** Something went wrong that the runner cannot go on after. */
  readonly onFailed: (error: unknown) => void;
}

/** One transaction of a runner; the bot's state row is locked in it and saved at its end. */
export interface RunnerTransaction extends LedgerTransaction {
  readonly state: BotState;
}
