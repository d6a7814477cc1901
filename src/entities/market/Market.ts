import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, Unique } from '@mikro-orm/decorators/legacy';
import { Exchange } from '../exchange/Exchange.ts';
import type { Decimal } from '../../trading/money.ts';
import { MarketType } from '../../trading/position.ts';
import { Amount, Flag, OneOf, Text } from '../columns/columns.ts';
import { ChangingRow } from '../rows.ts';

/** Something that can be traded at one exchange, with the rules that an order must obey. */
@Entity({ tableName: 'markets' })
@Unique({ properties: ['exchange', 'symbol'] })
@Index({ properties: ['symbol', 'id'] })
export class Market extends ChangingRow<'isActive'> {
  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: false })
  exchange!: Ref<Exchange>;

  /** ccxt's unified symbol: `BTC/USDT`. */
  @Text({ min: 1, max: 60 })
  symbol!: string;

  @Text({ min: 1, max: 30 })
  baseAsset!: string;

  @Text({ min: 1, max: 30 })
  quoteAsset!: string;

  @OneOf(MarketType)
  kind!: MarketType;

  @Flag()
  isActive: boolean = true;

  /** Prices are multiples of this, in quote currency. */
  @Amount({ above: '0' })
  tickSize!: Decimal;

  /** Quantities are multiples of this, in base currency. */
  @Amount({ above: '0' })
  stepSize!: Decimal;

  /** Smallest value of an order, in quote currency. */
  @Amount({ min: '0', nullable: true })
  minNotional: Decimal | null = null;
}
