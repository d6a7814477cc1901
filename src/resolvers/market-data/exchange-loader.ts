import DataLoader from 'dataloader';
import { DomainError } from '../../services/errors.ts';
import type { ExchangeRow } from '../../services/market-data/catalogue.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { type Exchange, exchangeOf } from './types.ts';

/** The exchange that a row refers to, batched. */
export async function loadExchange(marketData: MarketDataService, id: string, context: RequestContext): Promise<Exchange> {
  const loader = context.loaders.get('exchange of a row', () => {
    const viewer = viewerOf(context);
    return new DataLoader<string, ExchangeRow | undefined>(async (ids) => {
      const rows = await marketData.exchangesById(viewer, ids);
      return ids.map((one) => rows.get(one));
    });
  });
  const row = await loader.load(id);
  if (!row) throw new DomainError('INTERNAL', `a row refers to the exchange ${id}, which is not there`);
  return exchangeOf(row, marketData.connection(row.name));
}
