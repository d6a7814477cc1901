import { BigIntType, PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { doubleIn } from '../columns/checks.ts';
import { Double, Rule } from '../columns/columns.ts';

/** A market's last 24 hours as they stood at one moment. */
@Entity({ tableName: 'tickers' })
@Rule<Ticker>('tickers_make_sense', (c) => `${c.lowPrice} <= ${c.highPrice} and ${c.volume} >= ${doubleIn(0)}`)
export class Ticker {
  [PrimaryKeyProp]?: ['exchange', 'symbol', 'timestamp'];

  /** `Exchange.name`. */
  @PrimaryKey({ type: 'text' })
  exchange!: string;

  @PrimaryKey({ type: 'text' })
  symbol!: string;

  /** Milliseconds, UTC. */
  @PrimaryKey({ type: new BigIntType('number') })
  timestamp!: number;

  @Double()
  lastPrice!: number;

  @Double()
  highPrice!: number;

  @Double()
  lowPrice!: number;

  @Double()
  volume!: number;
}
