import { BigIntType, PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, Enum, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { Timeframe } from '../../trading/timeframe.ts';
import { doubleIn } from '../columns/checks.ts';
import { Double, Rule } from '../columns/columns.ts';

/**
 * One closed candle. Its key is what ranges are read by. The exchange is its name and not a foreign key: candles come a
 * million at a time, checking each against the same row costs more than storing it, and catalogue rows are never deleted.
 */
@Entity({ tableName: 'candles' })
@Rule<Candle>('candles_make_sense', (c) => `${c.low} <= ${c.high} and ${c.volume} >= ${doubleIn(0)}`)
export class Candle {
  [PrimaryKeyProp]?: ['exchange', 'symbol', 'timeframe', 'openTime'];

  /** `Exchange.name`. */
  @PrimaryKey({ type: 'text' })
  exchange!: string;

  @PrimaryKey({ type: 'text' })
  symbol!: string;

  @Enum({ items: Object.values(Timeframe), type: 'string', primary: true })
  timeframe!: Timeframe;

  /** Milliseconds, UTC. */
  @PrimaryKey({ type: new BigIntType('number') })
  openTime!: number;

  @Double()
  open!: number;

  @Double()
  high!: number;

  @Double()
  low!: number;

  @Double()
  close!: number;

  @Double()
  volume!: number;
}
