import { ApiKey } from '../../src/entities/exchange/ApiKey.ts';
import { Exchange } from '../../src/entities/exchange/Exchange.ts';
import type { Database } from '../../src/services/database/index.ts';
import type { CandleSource } from '../../src/services/exchanges/port/market-data.ts';
import { MarketCatalogue } from '../../src/services/market-data/catalogue.ts';
import { rulesWith } from './venue.ts';

/** Where LIVE bots of worlds trade, as the rows say: the venue is the world's own. */
export const liveExchange = 'binance';

/** What worlds find in a new database: the exchanges, and the one market that all of them trade, on paper or for real. */
export function enterMarkets(database: Database): Promise<void> {
  const sources = ['sim', liveExchange].map((name): Pick<CandleSource, 'name' | 'markets'> => ({
    name,
    markets: async () => [rulesWith('0.0001')],
  }));
  return new MarketCatalogue(database).seed(sources as CandleSource[]);
}

/** A key as a LIVE bot must have one; nobody opens it. @returns its id */
export async function enterKey(database: Database, userId: string): Promise<string> {
  return database.transaction(async (em) => {
    const exchange = await em.findOneOrFail(Exchange, { name: liveExchange });
    const secrets = { keyHint: '…1', wrappedKey: 'x', encryptedApiKey: 'x', encryptedSecret: 'x', keyVersion: 1 };
    const may = { permission: 'TRADE', isValid: true, canTransfer: true } as const;
    const key = em.create(ApiKey, { user: userId, exchange: exchange.id, label: 'main', ...secrets, ...may });
    await em.persist(key).flush();
    return key.id;
  });
}
