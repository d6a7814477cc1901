import type { Order } from '../../entities/trading/Order.ts';
import type { EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import type { Exchange } from '../exchanges/port/exchange.ts';
import type { Execution } from '../exchanges/port/orders.ts';
import type { Logger } from '../logger.ts';
import type { Timers } from '../timers.ts';
import type { BookedFill } from './fill-ledger.ts';
import type { OrderContext } from './order-context.ts';

/** One transaction of the ledger: what is written in it, and the events that will be appended last. */
export interface LedgerTransaction {
  readonly em: EntityManager;
  readonly events: EventDraft[];
}

/** Who decides what follows from an order's fate, inside the transaction that writes it. */
export interface OrderListener {
  filled(tx: LedgerTransaction, booked: BookedFill): Promise<void>;
  /** The order will not fill any further, and did not fill wholly. */
  ended(tx: LedgerTransaction, order: Order): Promise<void>;
  /** Whether an intent is still worth sending: the position it belongs to may be gone meanwhile. */
  isWanted(tx: LedgerTransaction, order: Order): Promise<boolean>;
}

export interface OrderDeskParts {
  readonly context: OrderContext;
  readonly exchange: Exchange;
  readonly listener: OrderListener;
  /** Runs `work` in one transaction under the runner's lease; refuses when the lease is lost. */
  readonly transact: <T>(work: (tx: LedgerTransaction) => Promise<T>) => Promise<T>;
  /** Reads what was committed, outside of any transaction: what only the holder of the lease writes does not change meanwhile. */
  readonly read: <T>(work: (em: EntityManager) => Promise<T>) => Promise<T>;
  /** The bot's open orders as they were committed, oldest first: to be read, not to be changed. */
  readonly openOrders: () => Promise<readonly Order[]>;
  /** The next execution that was told and not taken yet, to be taken along with what is being written. */
  readonly nextNews?: () => Execution | undefined;
  readonly fencingToken: number;
  /** For client order ids. */
  readonly idKey: Uint8Array;
  readonly logger: Logger;
  /** Our own deadline for each call, in milliseconds. */
  readonly deadlineMs?: number;
  /** The process's own when left out. */
  readonly timers?: Timers | undefined;
}
