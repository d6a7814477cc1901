import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, Enum, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { Timeframe } from '../../trading/timeframe.ts';
import { Large } from '../columns/columns.ts';

/**
 * How often a stored series of candles has changed: what a copy of it in memory is checked against, in whatever process it is kept. Written
 * in the transaction that writes the candles; a series without a row has no candles.
 */
@Entity({ tableName: 'candle_revisions' })
export class CandleRevision {
  [PrimaryKeyProp]?: ['exchange', 'symbol', 'timeframe'];

  /** `Exchange.name`. */
  @PrimaryKey({ type: 'text' })
  exchange!: string;

  @PrimaryKey({ type: 'text' })
  symbol!: string;

  @Enum({ items: Object.values(Timeframe), type: 'string', primary: true })
  timeframe!: Timeframe;

  /** Counts the changes, from 1. */
  @Large({ min: 1 })
  revision!: number;

  /** The latest revision that did more than add candles behind the newest: copies as of an earlier one are wrong, not only short. */
  @Large({ min: 1 })
  rewritten!: number;

  /** Open time of the newest candle, ms UTC. */
  @Large()
  newest!: number;
}
