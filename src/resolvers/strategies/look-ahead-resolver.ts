import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { LookAheadService } from '../../services/strategies/look-ahead-service.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId } from '../ids.ts';
import { marketReferenceOf } from '../market-data/market-ref.ts';
import { mutation } from '../payload.ts';
import { CheckStrategyLookAheadInput, CheckStrategyLookAheadPayload, lookAheadReportOf } from './look-ahead-types.ts';

/** Whether strategies know the future. */
@Resolver()
export class LookAheadResolver {
  readonly #lookAhead: LookAheadService;

  constructor(lookAhead: LookAheadService) {
    this.#lookAhead = lookAhead;
  }

  @Mutation(() => CheckStrategyLookAheadPayload, {
    description:
      'Runs a strategy on past candles with and without the later ones, again, and candle by candle as a bot does, and tells where its answers differ. Changes nothing; one at a time.',
  })
  checkStrategyLookAhead(
    @Arg('input', () => CheckStrategyLookAheadInput, { description: 'What the mutation needs.' })
    { strategyId, market, ...check }: CheckStrategyLookAheadInput,
    @Ctx() context: RequestContext,
  ): Promise<CheckStrategyLookAheadPayload> {
    return mutation(CheckStrategyLookAheadPayload, async () => {
      const report = await this.#lookAhead.check(viewerOf(context), {
        ...check,
        strategyId: typeof strategyId === 'string' ? fromGlobalId('str', strategyId, ['input', 'strategyId']) : null,
        market: marketReferenceOf(market, ['input', 'market']),
      });
      return { report: lookAheadReportOf(report) };
    });
  }
}
