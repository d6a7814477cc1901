import type { Bot } from '../../entities/trading/Bot.ts';
import type { Decimal } from '../../trading/money.ts';
import { readTradingOptions, type TradingOptions } from '../../trading/options.ts';
import type { BotLimits } from '../../trading/risk.ts';
import type { MarketRules } from '../exchanges/port/market-rules.ts';

/** The columns of a bot that say how it trades. */
export type BotTerms = Pick<
  Bot,
  | 'name'
  | 'marketType'
  | 'leverage'
  | 'initialCapital'
  | 'positionSizePercent'
  | 'positionSizeFixed'
  | 'stopLossPercent'
  | 'takeProfitPercent'
  | 'trailingStopPercent'
  | 'dailyTargetPercent'
  | 'maxDailyLossPercent'
  | 'maxDailyTrades'
  | 'tradingOptions'
>;

const number = (value: Decimal | null): number | null => (value === null ? null : value.toNumber());

/**
 * A bot's columns as the core's options, together with its market's rules.
 * @throws ParameterError naming the option, with its path under `path`
 */
export function tradingOptionsOf(bot: BotTerms, rules: MarketRules, path: readonly string[] = []): TradingOptions {
  const sizePercent = number(bot.positionSizePercent);
  return readTradingOptions(
    {
      feePercent: rules.takerFeeRate.mul(100).toNumber(),
      makerFeePercent: rules.makerFeeRate.mul(100).toNumber(),
      ...bot.tradingOptions,
      marketType: bot.marketType,
      leverage: bot.leverage.toNumber(),
      initialCapital: bot.initialCapital.toNumber(),
      ...(sizePercent !== null && { positionSizePercent: sizePercent }),
      positionSizeFixed: number(bot.positionSizeFixed),
      stopLossPercent: number(bot.stopLossPercent),
      takeProfitPercent: number(bot.takeProfitPercent),
      trailingStopPercent: number(bot.trailingStopPercent),
      dailyTargetPercent: number(bot.dailyTargetPercent),
      maxDailyLossPercent: number(bot.maxDailyLossPercent),
      maxDailyTrades: bot.maxDailyTrades,
      quantityStep: rules.stepSize.toNumber(),
      minNotional: rules.minNotional.toNumber(),
    },
    path,
  );
}

/** The same for the last look at an order before it is sent, in exact decimals. */
export function botLimitsOf(bot: BotTerms, rules: MarketRules): BotLimits {
  return {
    botName: bot.name,
    marketType: bot.marketType,
    leverage: bot.leverage,
    maxDailyLossPercent: bot.maxDailyLossPercent,
    dailyTargetPercent: bot.dailyTargetPercent,
    maxDailyTrades: bot.maxDailyTrades,
    stepSize: rules.stepSize,
    minNotional: rules.minNotional,
  };
}
