import type { Bot } from '../../entities/trading/Bot.ts';
import { TradingMode } from '../../trading/bot.ts';
import { FillModel, TargetGap } from '../../trading/options.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { DomainError } from '../errors.ts';
import type { EventLog } from '../events/log.ts';
import type { PaperAccount } from '../exchanges/paper/account.ts';
import type { Exchange } from '../exchanges/port/exchange.ts';
import type { MarketRules } from '../exchanges/port/market-rules.ts';
import type { Logger } from '../logger.ts';
import type { OrderContext } from '../orders/order-context.ts';
import { bindStored } from '../strategies/definition.ts';
import type { Plugins } from '../strategies/plugins/plugins.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { BegunBot } from './bot-starts.ts';
import { tradingOptionsOf } from './bot-options.ts';
import type { Lease } from './lease.ts';
import type { LiveAccount, OpenLive } from './live-account.ts';
import type { BotMarket, RunnerParts } from './runner-parts.ts';
import { answersUnlessAborted } from './start-attempt.ts';

/** Where what a bot runs with comes from. */
export interface RunnerSources {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  /** The process's own when left out. */
  readonly timers?: Timers;
  readonly logger: Logger;
  /** The market data of an exchange, shared by all bots on it; throws a DomainError where there is none. */
  readonly marketOf: (exchange: string) => BotMarket;
  /** Opens a paper account, new or as it was left, under the fencing token of its bot's lease. */
  readonly openPaper: (account: PaperAccount, market: BotMarket, symbols: readonly string[], token: number) => Promise<Exchange>;
  /** Opens the accounts of LIVE bots; without it there are none. */
  readonly openLive?: OpenLive;
  /** For client order ids: 32 bytes for this purpose only. */
  readonly idKey: Uint8Array;
  /** The strategies that the operator put into the folder; none when left out. */
  readonly plugins?: Plugins;
  /** How far apart orders of unknown fate are looked up, in milliseconds. */
  readonly lookUpEveryMs?: number;
}

/**
 * Gathers what a bot runs with: its market and rules, its account at the exchange, its strategy with its parameters.
 * @param cut once it is aborted, no answer of an exchange is waited for any more
 * @throws DomainError when one of them is not there any more, or does not fit; the message is for the bot's owner
 */
export async function runnerSetup(
  sources: RunnerSources,
  { bot, left, strategy: stored, exchange: name, lease }: BegunBot,
  cut: AbortSignal,
): Promise<Omit<RunnerParts, 'onStopped' | 'onFailed' | 'risk' | 'trigger'>> {
  const { database, log, clock, timers = systemTimers, logger, idKey, marketOf } = sources;
  const market = answersUnlessAborted(marketOf(name), cut);
  const rules = (await market.markets()).find(({ symbol }) => symbol === bot.symbol);
  if (!rules) throw new DomainError('NOT_FOUND', `${name} does not trade ${bot.symbol} any more; bot "${bot.name}" cannot run`);
  const strategy = bindStored(stored, bot.parameters, ['parameters'], sources.plugins);
  const { exchange, account, fence } = await openAccount(sources, bot, lease, rules, name, cut);
  const context: OrderContext = {
    userId: bot.user.id,
    botId: bot.id,
    botName: bot.name,
    strategyId: stored.id,
    strategyName: stored.name,
    exchangeId: bot.exchange.id,
    account,
    symbol: bot.symbol,
    baseAsset: rules.base,
    quoteAsset: rules.quote,
    marketType: bot.marketType,
    stepSize: rules.stepSize,
    leverage: bot.leverage,
    isPaper: bot.mode === TradingMode.PAPER,
  };
  const lookUpEveryMs = sources.lookUpEveryMs ?? 2_000;
  const parts = {
    bot,
    lease,
    left,
    strategy,
    market,
    exchange: answersUnlessAborted(exchange, cut),
    cut,
    rules,
    context,
    database,
    log,
    clock,
    timers,
    logger,
    idKey,
    lookUpEveryMs,
  };
  return fence ? { ...parts, fence } : parts;
}

async function openAccount(
  { marketOf, openPaper, openLive }: RunnerSources,
  bot: Bot,
  lease: Lease,
  rules: MarketRules,
  name: string,
  cut: AbortSignal,
): Promise<Pick<LiveAccount, 'exchange' | 'account'> & Partial<LiveAccount>> {
  if (bot.mode === TradingMode.LIVE) {
    if (openLive) return openLive(bot, name, cut);
    throw new DomainError('FORBIDDEN_FOR_MODE', `bot "${bot.name}" is LIVE, and this process trades on PAPER only`);
  }
  const opened = openPaper(paperAccountOf(bot, rules), marketOf(name), [bot.symbol], lease.token);
  const exchange = await unlessAborted(opened, cut, (late) => void late.close());
  return { exchange, account: `paper:${bot.id}` };
}

/** The account that a paper bot trades with: its capital in the quote asset, costs and beliefs as in a backtest. */
function paperAccountOf(bot: Bot, rules: MarketRules): PaperAccount {
  const options = tradingOptionsOf(bot, rules);
  return {
    id: bot.id,
    marketType: bot.marketType,
    leverage: options.leverage,
    timeframe: bot.timeframe,
    initialBalances: { [rules.quote]: bot.initialCapital },
    feePercent: options.feePercent,
    makerFeePercent: options.makerFeePercent,
    slippagePercent: options.slippagePercent,
    fillModel: FillModel.PESSIMISTIC,
    targetGap: TargetGap.LEVEL,
    maintenanceMarginPercent: options.maintenanceMarginPercent,
    liquidationFeePercent: options.liquidationFeePercent,
  };
}
