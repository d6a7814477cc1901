import type { Bot } from '../../entities/trading/Bot.ts';
import type { BotState } from '../../entities/trading/BotState.ts';
import type { BotStatus, TradingMode } from '../../trading/bot.ts';
import { canonical, type Decimal } from '../../trading/money.ts';
import type { MarketType, PositionSide } from '../../trading/position.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import type { Time } from '../orders/views.ts';

/* A bot as everybody outside sees it: plain, decimals as canonical text; what events carry and queries answer. */

export interface BotStateView {
  readonly status: BotStatus;
  readonly inPosition: boolean;
  readonly positionSide: PositionSide | null;
  readonly entryPrice: string | null;
  readonly positionSize: string | null;
  readonly stopLossPrice: string | null;
  readonly takeProfitPrice: string | null;
  readonly trailingStopPrice: string | null;
  readonly maxPriceSinceEntry: string | null;
  readonly dailyPnl: string;
  readonly dailyTradesCount: number;
  readonly lastCandleAt: Time | null;
  readonly lastRunAt: Time | null;
  readonly lastErrorMessage: string | null;
  readonly updatedAt: Time;
}

export interface BotView {
  readonly id: string;
  /** Grows with every change of the bot or of its state: the sum of both rows' versions. */
  readonly version: number;
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly strategyId: string;
  readonly exchangeId: string;
  /** What a LIVE bot trades with. */
  readonly apiKeyId: string | null;
  readonly name: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly mode: TradingMode;
  readonly marketType: MarketType;
  readonly leverage: string;
  readonly initialCapital: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly positionSizePercent: string | null;
  readonly positionSizeFixed: string | null;
  readonly stopLossPercent: string | null;
  readonly takeProfitPercent: string | null;
  readonly trailingStopPercent: string | null;
  readonly dailyTargetPercent: string | null;
  readonly maxDailyLossPercent: string | null;
  readonly maxDailyTrades: number | null;
  readonly checkIntervalSeconds: number;
  readonly autoTransferFunds: boolean;
  readonly transferAmount: string | null;
  readonly state: BotStateView;
}

const text = (value: Decimal | null): string | null => (value === null ? null : canonical(value));
const time = (value: Date | null): string | null => (value === null ? null : value.toISOString());

export function botStateView(state: BotState): BotStateView {
  return {
    status: state.status,
    inPosition: state.inPosition,
    positionSide: state.positionSide,
    entryPrice: text(state.entryPrice),
    positionSize: text(state.positionSize),
    stopLossPrice: text(state.stopLossPrice),
    takeProfitPrice: text(state.takeProfitPrice),
    trailingStopPrice: text(state.trailingStopPrice),
    maxPriceSinceEntry: text(state.maxPriceSinceEntry),
    dailyPnl: canonical(state.dailyPnl),
    dailyTradesCount: state.dailyTradesCount,
    lastCandleAt: time(state.lastCandleAt),
    lastRunAt: time(state.lastRunAt),
    lastErrorMessage: state.lastErrorMessage,
    updatedAt: state.updatedAt.toISOString(),
  };
}

/** Made after flushing, so that versions and times are those that were stored. */
export function botView(bot: Bot, state: BotState): BotView {
  return {
    id: bot.id,
    version: bot.version + state.version,
    createdAt: bot.createdAt.toISOString(),
    updatedAt: bot.updatedAt.toISOString(),
    strategyId: bot.strategy.id,
    exchangeId: bot.exchange.id,
    apiKeyId: bot.apiKey?.id ?? null,
    name: bot.name,
    symbol: bot.symbol,
    timeframe: bot.timeframe,
    mode: bot.mode,
    marketType: bot.marketType,
    leverage: canonical(bot.leverage),
    initialCapital: canonical(bot.initialCapital),
    parameters: bot.parameters,
    positionSizePercent: text(bot.positionSizePercent),
    positionSizeFixed: text(bot.positionSizeFixed),
    stopLossPercent: text(bot.stopLossPercent),
    takeProfitPercent: text(bot.takeProfitPercent),
    trailingStopPercent: text(bot.trailingStopPercent),
    dailyTargetPercent: text(bot.dailyTargetPercent),
    maxDailyLossPercent: text(bot.maxDailyLossPercent),
    maxDailyTrades: bot.maxDailyTrades,
    checkIntervalSeconds: bot.checkIntervalSeconds,
    autoTransferFunds: bot.autoTransferFunds,
    transferAmount: text(bot.transferAmount),
    state: botStateView(state),
  };
}

/** Whether a person would see a difference; the clock of the last look at the market is none. */
export function sameState(a: BotStateView, b: BotStateView): boolean {
  const keys = Object.keys(a) as (keyof BotStateView)[];
  return keys.every((key) => unseen.has(key) || a[key] === b[key]);
}

const unseen: ReadonlySet<keyof BotStateView> = new Set(['lastCandleAt', 'lastRunAt', 'updatedAt']);
