import type { Database } from '../../src/services/database/index.ts';
import type { CandleSource } from '../../src/services/exchanges/port/market-data.ts';
import { MarketCatalogue } from '../../src/services/market-data/catalogue.ts';
import { rulesWith } from './venue.ts';

/** What worlds find in a new database: the exchanges, and the one market that all of them trade. */
export function enterMarkets(database: Database): Promise<void> {
  const source: Pick<CandleSource, 'name' | 'markets'> = { name: 'sim', markets: async () => [rulesWith('0.0001')] };
  return new MarketCatalogue(database).seed([source as CandleSource]);
}
