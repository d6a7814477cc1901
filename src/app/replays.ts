import type { BotMarket } from '../services/bots/runner-parts.ts';
import { tradingOptionsOf } from '../services/bots/bot-options.ts';
import { DomainError } from '../services/errors.ts';
import type { DriftParts } from '../services/reconciliation/drift-service.ts';
import { bindStored } from '../services/strategies/definition.ts';
import type { Plugins } from '../services/strategies/plugins/plugins.ts';

export interface ReplayParts {
  readonly marketOf: (exchange: string) => Pick<BotMarket, 'markets'>;
  readonly plugins?: Plugins;
}

/** Candles that warm a replay up at the least, as many as a bot takes. */
const warmUpCandles = 500;

/** How a bot's present settings are replayed. */
export function replaysOf({ marketOf, plugins }: ReplayParts): DriftParts['replayOf'] {
  return async (bot, exchange) => {
    const rules = (await marketOf(exchange).markets()).find(({ symbol }) => symbol === bot.symbol);
    if (!rules)
      throw new DomainError(
        'NOT_FOUND',
        `${exchange} does not trade ${bot.symbol} any more; bot "${bot.name}" cannot be replayed`,
      );
    const bound = bindStored(bot.strategy.getEntity(), bot.parameters, ['botId'], plugins);
    const { definition: strategy, parameters } = bound;
    const spec = { ...tradingOptionsOf(bot, rules), strategy, parameters, timeframe: bot.timeframe };
    return { spec, warmUp: Math.max(warmUpCandles, bound.firstDecision * 3) };
  };
}
