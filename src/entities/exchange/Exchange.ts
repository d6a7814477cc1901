import { Entity, Unique } from '@mikro-orm/decorators/legacy';
import { Flag, Text } from '../columns/columns.ts';
import { ChangingRow } from '../rows.ts';

/** A place to trade, from the catalogue; `sim` is the simulated exchange that needs no network. */
@Entity({ tableName: 'exchanges' })
export class Exchange extends ChangingRow<'isEnabled' | 'sandbox'> {
  /** ccxt's id: `binance`. */
  @Text({ min: 1, max: 60 })
  @Unique()
  name!: string;

  @Text({ min: 1, max: 120 })
  displayName!: string;

  @Flag()
  isEnabled: boolean = true;

  /** Talks to the exchange's test network. */
  @Flag()
  sandbox: boolean = false;
}
