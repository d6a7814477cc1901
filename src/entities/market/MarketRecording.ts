import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, Enum, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { Large, Moment, Text, Whole } from '../columns/columns.ts';

/** What of a market's live data can be written down beside its candles. */
export const RecordedKind = {
  MARKET_TRADES: 'MARKET_TRADES',
  TICKERS: 'TICKERS',
  ORDER_BOOKS: 'ORDER_BOOKS',
} as const;
export type RecordedKind = (typeof RecordedKind)[keyof typeof RecordedKind];

/** A market of which one kind of live data is written down for as long as the row is there. */
@Entity({ tableName: 'market_recordings' })
export class MarketRecording {
  [PrimaryKeyProp]?: ['exchange', 'symbol', 'kind'];

  /** `Exchange.name`. */
  @PrimaryKey({ type: 'text' })
  exchange!: string;

  @PrimaryKey({ type: 'text' })
  symbol!: string;

  @Enum({ items: Object.values(RecordedKind), type: 'string', primary: true })
  kind!: RecordedKind;

  /** Between two snapshots at the least; trades are written as they come. */
  @Whole({ min: 1, max: 3_600 })
  intervalSeconds!: number;

  /** Levels of each side of an order book. */
  @Whole({ min: 1, max: 100 })
  depth!: number;

  @Moment()
  startedAt!: Date;

  /** What keeps it from being written down, in a sentence; null while it is. */
  @Text({ max: 1_000, nullable: true })
  problem: string | null = null;

  /** The process that writes, so that no other does. */
  @Text({ max: 100, nullable: true })
  leaseOwner: string | null = null;

  /** Milliseconds UTC. */
  @Large({ nullable: true })
  leaseExpiresAt: number | null = null;
}
