import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne } from '@mikro-orm/decorators/legacy';
import type { Decimal } from '../../trading/money.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Json, Moment } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Row } from '../rows.ts';

/** All that a person held at one moment, at one exchange or (`exchange` null) altogether. */
@Entity({ tableName: 'portfolio_snapshots' })
@Owned()
@Index({ properties: ['user', 'timestamp', 'id'] })
@Index({ properties: ['timestamp'] })
export class PortfolioSnapshot extends Row {
  @ManyToOne(() => User, { ref: true, deleteRule: 'cascade', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Exchange, { ref: true, nullable: true, deleteRule: 'restrict', index: true })
  exchange: Ref<Exchange> | null = null;

  @Moment()
  timestamp!: Date;

  @Amount()
  totalValue!: Decimal;

  @Amount()
  cashBalance!: Decimal;

  /** Asset to quantity, as canonical decimal text. */
  @Json()
  assetHoldings!: Record<string, string>;
}
