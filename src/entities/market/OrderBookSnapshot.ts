import { BigIntType, PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { Packed } from '../columns/columns.ts';

/** The first levels of an order book at one moment. */
@Entity({ tableName: 'order_book_snapshots' })
export class OrderBookSnapshot {
  [PrimaryKeyProp]?: ['exchange', 'symbol', 'timestamp'];

  /** `Exchange.name`. */
  @PrimaryKey({ type: 'text' })
  exchange!: string;

  @PrimaryKey({ type: 'text' })
  symbol!: string;

  /** Milliseconds, UTC. */
  @PrimaryKey({ type: new BigIntType('number') })
  timestamp!: number;

  /** Pairs of price and quantity as little-endian doubles, best first. */
  @Packed()
  bids!: Uint8Array;

  @Packed()
  asks!: Uint8Array;
}
