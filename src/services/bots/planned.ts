import type { BotState } from '../../entities/trading/BotState.ts';
import type { Decimal } from '../../trading/money.ts';
import type { ExitReason } from '../../trading/position.ts';
import type { SessionEffect, TradingSession } from '../../trading/session.ts';
import type { RunnerTransaction } from './runner-parts.ts';

/** What the planner asks of the bot that it plans for. */
export interface Planned {
  readonly session: TradingSession;
  /** Exact quantity of the open position. */
  readonly held: Decimal;
  /** First price of the candle that is forming; undefined until it is seen. */
  readonly openPrice: number | undefined;
  apply(tx: RunnerTransaction, effects: readonly SessionEffect[]): Promise<void>;
  /** Ends a position of which too little is held to be sold. @returns false when there is none such */
  writeOff(tx: RunnerTransaction, reason: ExitReason | null, price: number): Promise<boolean>;
  /** An entry has come to nothing when it was sized; the session knows why. */
  noEntry(tx: RunnerTransaction): void;
  /** Writes into the state row what the session has become. */
  save(state: BotState): void;
}
