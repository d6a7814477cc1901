import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { BotList } from '../../services/bots/bot-list.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import type { StrategyService } from '../../services/strategies/strategy-service.ts';
import { loadBot } from '../bots/bot-loader.ts';
import { Bot } from '../bots/types.ts';
import type { RequestContext } from '../context.ts';
import { loadExchange } from '../market-data/exchange-loader.ts';
import { Exchange } from '../market-data/types.ts';
import { loadStrategy } from '../strategies/strategy-loader.ts';
import { Strategy } from '../strategies/types.ts';
import { KillSwitchDrillBot } from './drill-types.ts';
import { KillSwitch, RefusedOrder, RiskLimit } from './types.ts';

/** What a risk limit covers. */
@Resolver(() => RiskLimit)
export class RiskLimitFields {
  readonly #bots: BotList;
  readonly #marketData: MarketDataService;
  readonly #strategies: StrategyService;

  constructor(bots: BotList, marketData: MarketDataService, strategies: StrategyService) {
    this.#bots = bots;
    this.#marketData = marketData;
    this.#strategies = strategies;
  }

  @FieldResolver(() => Bot, { nullable: true, description: 'The bot that it covers; null: all.' })
  bot(@Root() { view }: RiskLimit, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }

  @FieldResolver(() => Strategy, { nullable: true, description: 'The strategy whose bots it covers; null: all.' })
  strategy(@Root() { view }: RiskLimit, @Ctx() context: RequestContext): Promise<Strategy> | null {
    return view.strategyId === null ? null : loadStrategy(this.#strategies, view.strategyId, context);
  }

  @FieldResolver(() => Exchange, { nullable: true, description: 'The exchange that it covers; null: all.' })
  exchange(@Root() { view }: RiskLimit, @Ctx() context: RequestContext): Promise<Exchange> | null {
    return view.exchangeId === null ? null : loadExchange(this.#marketData, view.exchangeId, context);
  }
}

/** Whose entry was refused. */
@Resolver(() => RefusedOrder)
export class RefusedOrderFields {
  readonly #bots: BotList;

  constructor(bots: BotList) {
    this.#bots = bots;
  }

  @FieldResolver(() => Bot, { nullable: true, description: 'The bot that wanted it; null when it is gone.' })
  bot(@Root() { view }: RefusedOrder, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }
}

/** What a kill switch halts. */
@Resolver(() => KillSwitch)
export class KillSwitchFields {
  readonly #bots: BotList;

  constructor(bots: BotList) {
    this.#bots = bots;
  }

  @FieldResolver(() => Bot, { nullable: true, description: 'The bot that it halts; null: all of them.' })
  bot(@Root() { view }: KillSwitch, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, view.botId, context);
  }
}

/** Which bot was drilled. */
@Resolver(() => KillSwitchDrillBot)
export class KillSwitchDrillFields {
  readonly #bots: BotList;

  constructor(bots: BotList) {
    this.#bots = bots;
  }

  @FieldResolver(() => Bot, { nullable: true, description: 'The bot; null when it is gone.' })
  bot(@Root() { botId }: KillSwitchDrillBot, @Ctx() context: RequestContext): Promise<Bot | null> {
    return loadBot(this.#bots, botId, context);
  }
}
