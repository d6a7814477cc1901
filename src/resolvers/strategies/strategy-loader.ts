import DataLoader from 'dataloader';
import { DomainError } from '../../services/errors.ts';
import type { StrategyService, StrategyView } from '../../services/strategies/strategy-service.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { type Strategy, strategyOf } from './types.ts';

/** The strategy that a row refers to, batched. */
export async function loadStrategy(strategies: StrategyService, id: string, context: RequestContext): Promise<Strategy> {
  const loader = context.loaders.get('strategy of a row', () => {
    const viewer = viewerOf(context);
    return new DataLoader<string, StrategyView | undefined>(async (ids) => {
      const rows = await strategies.byIds(viewer, ids);
      return ids.map((one) => rows.get(one));
    });
  });
  const strategy = await loader.load(id);
  if (!strategy) throw new DomainError('INTERNAL', `a row refers to the strategy ${id}, which is not there`);
  return strategyOf(strategy, strategies.parameterSchema(strategy));
}
