import type { EntityClass } from '@mikro-orm/core';
import { ApiKey } from './exchange/ApiKey.ts';
import { Exchange } from './exchange/Exchange.ts';
import { NotificationChannel } from './exchange/NotificationChannel.ts';
import { AccessToken } from './identity/AccessToken.ts';
import { AuditEvent } from './identity/AuditEvent.ts';
import { RefreshToken } from './identity/RefreshToken.ts';
import { User } from './identity/User.ts';
import { Candle } from './market/Candle.ts';
import { CandleFetch } from './market/CandleFetch.ts';
import { CandleRevision } from './market/CandleRevision.ts';
import { Market } from './market/Market.ts';
import { MarketRecording } from './market/MarketRecording.ts';
import { MarketTrade } from './market/MarketTrade.ts';
import { OrderBookSnapshot } from './market/OrderBookSnapshot.ts';
import { Ticker } from './market/Ticker.ts';
import { TradeStretch } from './market/TradeStretch.ts';
import { Alert } from './operations/Alert.ts';
import { AlertTrigger } from './operations/AlertTrigger.ts';
import { AppState } from './operations/AppState.ts';
import { Event } from './operations/Event.ts';
import { BotRequest } from './operations/BotRequest.ts';
import { IdempotencyKey } from './operations/IdempotencyKey.ts';
import { KillSwitch } from './operations/KillSwitch.ts';
import { LogEntry } from './operations/LogEntry.ts';
import { ReconciliationRun } from './operations/ReconciliationRun.ts';
import { RefusedOrder } from './operations/RefusedOrder.ts';
import { RiskLimit } from './operations/RiskLimit.ts';
import { Setting } from './operations/Setting.ts';
import { DailyBalance } from './portfolio/DailyBalance.ts';
import { PortfolioSnapshot } from './portfolio/PortfolioSnapshot.ts';
import { RebalancingEvent } from './portfolio/RebalancingEvent.ts';
import { Backtest } from './research/Backtest.ts';
import { BacktestTrade } from './research/BacktestTrade.ts';
import { MonteCarlo } from './research/MonteCarlo.ts';
import { Optimization } from './research/Optimization.ts';
import { OptimizationTrial } from './research/OptimizationTrial.ts';
import { Bot } from './trading/Bot.ts';
import { BotState } from './trading/BotState.ts';
import { ClosedTrade } from './trading/ClosedTrade.ts';
import { FundsTransfer } from './trading/FundsTransfer.ts';
import { Order } from './trading/Order.ts';
import { Position } from './trading/Position.ts';
import { Strategy } from './trading/Strategy.ts';
import { Trade } from './trading/Trade.ts';

export * from './exchange/ApiKey.ts';
export * from './exchange/Exchange.ts';
export * from './exchange/NotificationChannel.ts';
export * from './identity/AccessToken.ts';
export * from './identity/AuditEvent.ts';
export * from './identity/RefreshToken.ts';
export * from './identity/User.ts';
export * from './identity/scope.ts';
export * from './market/Candle.ts';
export * from './market/CandleRevision.ts';
export * from './market/Market.ts';
export * from './market/MarketRecording.ts';
export * from './market/MarketTrade.ts';
export * from './market/OrderBookSnapshot.ts';
export * from './market/Ticker.ts';
export * from './market/TradeStretch.ts';
export * from './operations/Alert.ts';
export * from './operations/AlertTrigger.ts';
export * from './operations/AppState.ts';
export * from './operations/Event.ts';
export * from './operations/BotRequest.ts';
export * from './operations/IdempotencyKey.ts';
export * from './operations/KillSwitch.ts';
export * from './operations/LogEntry.ts';
export * from './operations/ReconciliationRun.ts';
export * from './operations/RefusedOrder.ts';
export * from './operations/RiskLimit.ts';
export * from './operations/Setting.ts';
export * from './portfolio/DailyBalance.ts';
export * from './portfolio/PortfolioSnapshot.ts';
export * from './portfolio/RebalancingEvent.ts';
export * from './research/Backtest.ts';
export * from './research/BacktestTrade.ts';
export * from './research/JobStatus.ts';
export * from './research/MonteCarlo.ts';
export * from './research/Optimization.ts';
export * from './research/OptimizationTrial.ts';
export * from './trading/Bot.ts';
export * from './trading/BotState.ts';
export * from './trading/ClosedTrade.ts';
export * from './trading/FundsTransfer.ts';
export * from './trading/Order.ts';
export * from './trading/Position.ts';
export * from './trading/Strategy.ts';
export * from './trading/Trade.ts';

/** Everything that is stored. */
export const entities: EntityClass<object>[] = [
  User,
  RefreshToken,
  AccessToken,
  AuditEvent,
  Exchange,
  ApiKey,
  NotificationChannel,
  Market,
  Candle,
  CandleFetch,
  CandleRevision,
  MarketRecording,
  MarketTrade,
  TradeStretch,
  Ticker,
  OrderBookSnapshot,
  Strategy,
  Bot,
  BotState,
  Order,
  Trade,
  Position,
  ClosedTrade,
  FundsTransfer,
  DailyBalance,
  PortfolioSnapshot,
  RebalancingEvent,
  Backtest,
  BacktestTrade,
  MonteCarlo,
  Optimization,
  OptimizationTrial,
  RiskLimit,
  RefusedOrder,
  KillSwitch,
  ReconciliationRun,
  Alert,
  AlertTrigger,
  Event,
  LogEntry,
  Setting,
  AppState,
  IdempotencyKey,
  BotRequest,
];
