import type { EventType } from '../../entities/operations/Event.ts';

/** What an event is about; used to filter a stream without opening its payload. */
export interface EventSubjects {
  readonly botId?: string | null | undefined;
  readonly orderId?: string | null | undefined;
  readonly tradeId?: string | null | undefined;
  readonly positionId?: string | null | undefined;
  /** The backtest or other job. */
  readonly jobId?: string | null | undefined;
  readonly alertId?: string | null | undefined;
}

/** An event as it is handed to the log, inside the transaction of what it tells. */
export interface EventDraft {
  readonly userId: string;
  readonly type: EventType;
  readonly subjects?: EventSubjects;
  /** The object as of this event, as plain JSON: what is pushed is never read again from rows that may have changed since. */
  readonly payload: object;
  /** When it happened, if the log's clock is not the one that counts. */
  readonly at?: Date;
}

/** An event as the log tells it. */
export interface LoggedEvent {
  readonly userId: string;
  /** 1, 2, 3 … per user, without a gap, in the order in which the transactions committed. */
  readonly sequence: number;
  readonly type: EventType;
  readonly subjects: EventSubjects;
  readonly payload: unknown;
  /** Length of the payload's text: what it costs to keep it in a queue. */
  readonly size: number;
  readonly at: Date;
}
