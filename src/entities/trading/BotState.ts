import { OptionalProps, PrimaryKeyProp, type Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, OneToOne, Property } from '@mikro-orm/decorators/legacy';
import { BotStatus } from '../../trading/bot.ts';
import { Decimal } from '../../trading/money.ts';
import { PositionSide } from '../../trading/position.ts';
import { User } from '../identity/User.ts';
import { Amount, Day, Flag, Json, Large, Moment, OneOf, Text, Whole } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { Bot } from './Bot.ts';

/** What a bot is doing, and all that a restart needs to go on exactly where it was. Its key is the bot's. */
@Entity({ tableName: 'bot_states' })
@Owned()
@Index({ properties: ['status'] })
export class BotState {
  [PrimaryKeyProp]?: 'bot';
  [OptionalProps]?:
    | 'status'
    | 'inPosition'
    | 'dailyPnl'
    | 'dailyTradesCount'
    | 'session'
    | 'leaseToken'
    | 'createdAt'
    | 'updatedAt'
    | 'version';

  @OneToOne(() => Bot, { primary: true, owner: true, ref: true, deleteRule: 'cascade', inversedBy: 'state' })
  bot!: Ref<Bot>;

  @ManyToOne(() => User, { ref: true, deleteRule: 'restrict', index: true })
  user!: Ref<User>;

  @OneOf(BotStatus)
  status: BotStatus = BotStatus.STOPPED;

  @Flag()
  inPosition: boolean = false;

  @OneOf(PositionSide, { nullable: true })
  positionSide: PositionSide | null = null;

  @Amount({ min: '0', nullable: true })
  entryPrice: Decimal | null = null;

  /** In base currency. */
  @Amount({ min: '0', nullable: true })
  positionSize: Decimal | null = null;

  @Amount({ min: '0', nullable: true })
  trailingStopPrice: Decimal | null = null;

  /** Best price since entry: the highest of a long, the lowest of a short. */
  @Amount({ min: '0', nullable: true })
  maxPriceSinceEntry: Decimal | null = null;

  @Amount({ min: '0', nullable: true })
  takeProfitPrice: Decimal | null = null;

  @Amount({ min: '0', nullable: true })
  stopLossPrice: Decimal | null = null;

  /** Capital with the open position at the last close, in quote currency; null until it has run. */
  @Amount({ nullable: true })
  equity: Decimal | null = null;

  /** Profit of the UTC day `dailyDate`, in quote currency. */
  @Amount()
  dailyPnl: Decimal = new Decimal(0);

  @Whole({ min: 0 })
  dailyTradesCount: number = 0;

  /** The UTC day that the daily numbers belong to. */
  @Day({ nullable: true })
  dailyDate: string | null = null;

  /** What the trading session carries from candle to candle beyond these columns, as it wrote it itself. */
  @Json()
  session: Record<string, unknown> = {};

  /** Open time of the last closed candle that was decided on. */
  @Moment({ nullable: true })
  lastCandleAt: Date | null = null;

  @Moment({ nullable: true })
  lastRunAt: Date | null = null;

  @Text({ max: 2000, nullable: true })
  lastErrorMessage: string | null = null;

  /** The process that runs the bot now. */
  @Text({ max: 120, nullable: true })
  leaseOwner: string | null = null;

  @Moment({ nullable: true })
  leaseExpiresAt: Date | null = null;

  /** Fencing token: grows each time the lease is taken; whoever writes with an older one is refused. */
  @Large({ min: 0 })
  leaseToken: number = 0;

  @Property({ type: 'Date', length: 3, onCreate: () => new Date() })
  createdAt!: Date;

  @Property({ type: 'Date', length: 3, onCreate: () => new Date(), onUpdate: () => new Date() })
  updatedAt!: Date;

  @Property({ type: 'integer', version: true })
  version!: number;
}
