import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import type { IdPrefix } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { exchangeOf, marketOf } from './types.ts';

/** How exchanges and markets are refetched by id. */
export function marketDataNodes(marketData: MarketDataService): [IdPrefix, NodeLoader][] {
  return [
    [
      'exc',
      async (viewer, ids) => {
        const rows = await marketData.exchangesById(viewer, ids);
        return [...rows.values()].map((row) => exchangeOf(row, marketData.connection(row.name)));
      },
    ],
    ['mkt', async (viewer, ids) => [...(await marketData.marketsById(viewer, ids)).values()].map(marketOf)],
  ];
}
