import type { Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, OneToOne, Unique } from '@mikro-orm/decorators/legacy';
import { TradingMode } from '../../trading/bot.ts';
import { Decimal } from '../../trading/money.ts';
import { MarketType } from '../../trading/position.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { ApiKey } from '../exchange/ApiKey.ts';
import { Exchange } from '../exchange/Exchange.ts';
import { User } from '../identity/User.ts';
import { Amount, Flag, Json, OneOf, Rule, Text, Whole } from '../columns/columns.ts';
import { amountIn } from '../columns/checks.ts';
import { Owned } from '../columns/owned.ts';
import { VersionedRow } from '../rows.ts';
import { BotState } from './BotState.ts';
import { Strategy } from './Strategy.ts';

type Defaulted = 'marketType' | 'leverage' | 'parameters' | 'tradingOptions' | 'checkIntervalSeconds' | 'autoTransferFunds';

/** A strategy at work on one market. Percentages mean percent: 1.5 is 1.5 %. */
@Entity({ tableName: 'bots' })
@Owned()
@Unique({ properties: ['user', 'name'] })
@Index({ properties: ['user', 'createdAt', 'id'] })
@Index({ properties: ['strategy', 'user', 'createdAt', 'id'] })
@Rule<Bot>('bots_spot_has_no_leverage', (c) => `${c.marketType} <> 'SPOT' or ${c.leverage} = ${amountIn('1')}`)
@Rule<Bot>('bots_only_live_ones_transfer', (c) => `not ${c.autoTransferFunds} or ${c.mode} = 'LIVE'`)
@Rule<Bot>('bots_transfer_amount_is_of_a_transfer', (c) => `${c.transferAmount} is null or ${c.autoTransferFunds}`)
export class Bot extends VersionedRow<Defaulted> {
  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: false })
  user!: Ref<User>;

  @ManyToOne(() => Strategy, { ref: true, deleteRule: 'restrict', index: false })
  strategy!: Ref<Strategy>;

  @Text({ min: 1, max: 120 })
  name!: string;

  @ManyToOne(() => Exchange, { ref: true, deleteRule: 'restrict', index: true })
  exchange!: Ref<Exchange>;

  /** Needed for LIVE. Deleting the key leaves the bot, which then cannot start. */
  @ManyToOne(() => ApiKey, { ref: true, nullable: true, deleteRule: 'set null', index: true })
  apiKey: Ref<ApiKey> | null = null;

  @Text({ min: 1, max: 60 })
  symbol!: string;

  @OneOf(Timeframe)
  timeframe!: Timeframe;

  @OneOf(TradingMode)
  mode!: TradingMode;

  @OneOf(MarketType)
  marketType: MarketType = MarketType.SPOT;

  @Amount({ min: '1', max: '125' })
  leverage: Decimal = new Decimal(1);

  /** In quote currency. */
  @Amount({ above: '0' })
  initialCapital!: Decimal;

  /** Overrides of the strategy's parameters. */
  @Json()
  parameters: Record<string, unknown> = {};

  /** The trading options that have no column of their own: fees and slippage of a paper bot, anchor of stops, cooldown. */
  @Json()
  tradingOptions: Record<string, unknown> = {};

  @Amount({ above: '0', max: '100', nullable: true })
  positionSizePercent: Decimal | null = null;

  /** In quote currency; wins over the percentage. */
  @Amount({ above: '0', nullable: true })
  positionSizeFixed: Decimal | null = null;

  @Amount({ above: '0', max: '100', nullable: true })
  stopLossPercent: Decimal | null = null;

  @Amount({ above: '0', nullable: true })
  takeProfitPercent: Decimal | null = null;

  @Amount({ above: '0', max: '100', nullable: true })
  trailingStopPercent: Decimal | null = null;

  @Amount({ above: '0', nullable: true })
  dailyTargetPercent: Decimal | null = null;

  @Amount({ above: '0', max: '100', nullable: true })
  maxDailyLossPercent: Decimal | null = null;

  @Whole({ min: 1, nullable: true })
  maxDailyTrades: number | null = null;

  /** How often its open orders and late fills are looked at, in seconds, although no news came of them. */
  @Whole({ min: 1 })
  checkIntervalSeconds: number = 30;

  /** Brings what an entry lacks from the funding wallet of its account into the one that it trades from; LIVE only. */
  @Flag()
  autoTransferFunds: boolean = false;

  /** How much at once, in quote currency; what is missing when null. */
  @Amount({ above: '0', nullable: true })
  transferAmount: Decimal | null = null;

  @OneToOne(() => BotState, { mappedBy: 'bot', ref: true, nullable: true })
  state?: Ref<BotState> | null;
}
