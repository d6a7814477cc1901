import { BigIntType, PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { Double, Rule, Whole } from '../columns/columns.ts';

/** Executions of the whole market, added up per second; candles of any number of seconds can be built from them. */
@Entity({ tableName: 'market_trades' })
@Rule<MarketTrade>('market_trades_count_from_zero', (c) => `${c.sellCount} >= 0`)
@Rule<MarketTrade>('market_trades_make_sense', (c) => `${c.low} <= ${c.high} and ${c.buyCount} + ${c.sellCount} > 0`)
export class MarketTrade {
  [PrimaryKeyProp]?: ['exchange', 'symbol', 'timestamp'];

  /** `Exchange.name`. */
  @PrimaryKey({ type: 'text' })
  exchange!: string;

  @PrimaryKey({ type: 'text' })
  symbol!: string;

  /** Start of the second, milliseconds UTC. */
  @PrimaryKey({ type: new BigIntType('number') })
  timestamp!: number;

  /** Average, weighted by quantity. */
  @Double()
  price!: number;

  @Double()
  open!: number;

  @Double()
  high!: number;

  @Double()
  low!: number;

  @Double()
  close!: number;

  /** Of those that took a resting sale. */
  @Double({ min: 0 })
  buyQuantity!: number;

  /** Of those that took a resting bid. */
  @Double({ min: 0 })
  sellQuantity!: number;

  @Whole({ min: 0 })
  buyCount!: number;

  @Whole()
  sellCount!: number;
}
