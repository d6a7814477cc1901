import { Entity, Index } from '@mikro-orm/decorators/legacy';
import { Large, Rule, Text } from '../columns/columns.ts';
import { Row } from '../rows.ts';

/**
 * A stretch of time in which every execution of a market is stored in `MarketTrade`: a second without a row had none. Outside of all stretches
 * nothing is known.
 */
@Entity({ tableName: 'trade_stretches' })
@Index({ properties: ['exchange', 'symbol', 'startAt'] })
@Rule<TradeStretch>('trade_stretches_start_before_end', (c) => `${c.startAt} <= ${c.endAt}`)
export class TradeStretch extends Row {
  /** `Exchange.name`. */
  @Text({ min: 1, max: 60 })
  exchange!: string;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  /** The first second, milliseconds UTC. */
  @Large()
  startAt!: number;

  /** The second after the last, milliseconds UTC. */
  @Large()
  endAt!: number;
}
