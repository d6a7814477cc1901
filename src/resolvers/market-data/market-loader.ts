import DataLoader from 'dataloader';
import type { Market as MarketEntity } from '../../entities/market/Market.ts';
import type { RowFilter } from '../../services/database/index.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { type Market, marketOf } from './types.ts';

/** The market that a row names by exchange and symbol, batched; null when it is not in the catalogue. */
export function loadMarket(
  marketData: MarketDataService,
  exchangeId: string,
  symbol: string,
  context: RequestContext,
): Promise<Market | null> {
  const loader = context.loaders.get('market of a row', () => {
    const viewer = viewerOf(context);
    return new DataLoader<string, Market | null>(
      async (keys) => {
        const or = keys.map((key): RowFilter<MarketEntity> => {
          const [exchange, name] = JSON.parse(key) as [string, string];
          return { exchangeId: { eq: exchange }, symbol: { eq: name } };
        });
        const { rows } = await marketData.markets(viewer, { or }, { first: or.length });
        const found = new Map(rows.map((row) => [JSON.stringify([row.exchangeId, row.symbol]), marketOf(row)]));
        return keys.map((key) => found.get(key) ?? null);
      },
      { maxBatchSize: 100 },
    );
  });
  return loader.load(JSON.stringify([exchangeId, symbol]));
}
