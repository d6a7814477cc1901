import DataLoader from 'dataloader';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { BotList } from '../../services/bots/bot-list.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import { loadBot } from '../bots/bot-loader.ts';
import { Bot } from '../bots/types.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { Market, marketOf } from '../market-data/types.ts';
import { Alert, AlertTrigger } from './types.ts';

/** What an alert is about. */
@Resolver(() => Alert)
export class AlertFields {
  readonly #bots: BotList;
  readonly #marketData: MarketDataService;

  constructor(bots: BotList, marketData: MarketDataService) {
    this.#bots = bots;
    this.#marketData = marketData;
  }

  @FieldResolver(() => Bot, { nullable: true, description: 'The bot that it is about; null: all of them, or none.' })
  bot(@Root() { view }: Alert, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }

  @FieldResolver(() => Market, { nullable: true, description: 'The market that it is about; null: none.' })
  async market(@Root() { view }: Alert, @Ctx() context: RequestContext): Promise<Market | null> {
    if (view.marketId === null) return null;
    const loader = context.loaders.get('market by id', () => {
      const viewer = viewerOf(context);
      return new DataLoader<string, Market | null>(async (ids) => {
        const rows = await this.#marketData.marketsById(viewer, ids);
        return ids.map((id) => {
          const row = rows.get(id);
          return row ? marketOf(row) : null;
        });
      });
    });
    return loader.load(view.marketId);
  }
}

/** What a trigger was about. */
@Resolver(() => AlertTrigger)
export class AlertTriggerFields {
  readonly #bots: BotList;

  constructor(bots: BotList) {
    this.#bots = bots;
  }

  @FieldResolver(() => Bot, { nullable: true, description: 'The bot that it was about; null: none, or one that is gone.' })
  bot(@Root() { view }: AlertTrigger, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }
}
