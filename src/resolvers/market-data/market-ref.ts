import { Field, ID, InputType } from 'type-graphql';
import { DomainError } from '../../services/errors.ts';
import type { MarketReference } from '../../services/market-data/catalogue.ts';
import { fromGlobalId } from '../ids.ts';

@InputType({ description: 'A market by the name of its exchange and its symbol.' })
export class MarketSymbolInput {
  @Field(() => String, { description: 'Name of the exchange: "sim", "binance".' })
  exchange!: string;

  @Field(() => String, { description: 'Base and quote asset: "BTC/USDT".' })
  symbol!: string;
}

/** `@oneOf`: exactly one field is given. */
@InputType({ description: 'A market, by its id or by exchange and symbol.' })
export class MarketRef {
  @Field(() => ID, { nullable: true, description: 'Its id.' })
  id?: string | null;

  @Field(() => MarketSymbolInput, { nullable: true, description: 'Its exchange and symbol.' })
  symbol?: MarketSymbolInput | null;
}

/**
 * What the services call a market.
 * @param path of the argument, for messages
 * @throws DomainError INVALID for the id of something else
 */
export function marketReferenceOf({ id, symbol }: MarketRef, path: readonly string[]): MarketReference {
  if (id) return { id: fromGlobalId('mkt', id, [...path, 'id']) };
  if (symbol) return { exchange: symbol.exchange, symbol: symbol.symbol };
  throw new DomainError('REQUIRED', 'name a market: give its id, or its exchange and symbol', { path });
}
