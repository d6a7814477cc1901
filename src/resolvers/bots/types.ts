import { Field, Int, ObjectType } from 'type-graphql';
import type { BotStateView, BotView } from '../../services/bots/bot-view.ts';
import { allowedActions, BotAction, BotStatus, TradingMode } from '../../trading/bot.ts';
import { MarketType, PositionSide } from '../../trading/position.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { connectionOf } from '../connection.ts';
import '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../scalars.ts';

@ObjectType({ simpleResolvers: true, description: 'What a bot is doing. Prices and money in the quote currency.' })
export class BotState {
  @Field(() => BotStatus, { description: 'Where it stands.' })
  status!: BotStatus;

  @Field(() => Boolean, { description: 'Whether it holds something.' })
  inPosition!: boolean;

  @Field(() => PositionSide, { nullable: true, description: 'Which way its position gains; null while it holds nothing.' })
  positionSide!: PositionSide | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Average price of what it holds.' })
  entryPrice!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'How much it holds, in the base currency.' })
  positionSize!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Where its stop stands, the trailing one included.' })
  stopLossPrice!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Where it takes its profit.' })
  takeProfitPrice!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Where the trailing stop stands, once it is the tighter one.' })
  trailingStopPrice!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Best price since it entered.' })
  maxPriceSinceEntry!: string | null;

  @Field(() => DecimalScalar, { description: 'Profit since the UTC day began, open profit included.' })
  dailyPnl!: string;

  @Field(() => Int, { description: 'Entries since the UTC day began.' })
  dailyTradesCount!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Open time of the newest candle it has decided on.' })
  lastCandleAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last looked at the market.' })
  lastRunAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is in ERROR and what to do about it; or why it waits for its exchange, and since when.',
  })
  lastErrorMessage!: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Money management of a bot. Percentages mean percent: 1.5 is 1.5 %. Null: off.',
})
export class BotRisk {
  @Field(() => DecimalScalar, { description: 'What it began with, in the quote currency.' })
  initialCapital!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'Share of the capital that one position takes.' })
  positionSizePercent!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Quote amount that one position takes instead.' })
  positionSizeFixed!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Distance of the stop.' })
  stopLossPercent!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Distance of the target.' })
  takeProfitPercent!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Distance of the stop that follows the best price.' })
  trailingStopPercent!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'No entry for the rest of a day that has gained this much.' })
  dailyTargetPercent!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'No entry for the rest of a day that has lost this much.' })
  maxDailyLossPercent!: string | null;

  @Field(() => Int, { nullable: true, description: 'Entries per UTC day.' })
  maxDailyTrades!: number | null;

  @Field(() => DecimalScalar, { description: 'Position value over margin; 1 on spot.' })
  leverage!: string;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A strategy at work on one market.' })
export class Bot extends Node {
  @Field(() => Int, {
    description: 'Grows with every change of the bot or its state: the higher wins, whatever order they arrive in.',
  })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When its settings last changed.' })
  updatedAt!: Date;

  @Field(() => String, { description: 'What its owner calls it.' })
  name!: string;

  @Field(() => String, { description: 'Market, such as "BTC/USDT".' })
  symbol!: string;

  @Field(() => MarketType, { description: 'Kind of market.' })
  marketType!: MarketType;

  @Field(() => Timeframe, { description: 'Candles that it decides on.' })
  timeframe!: Timeframe;

  @Field(() => TradingMode, { description: 'Whether its orders are simulated.' })
  mode!: TradingMode;

  @Field(() => JsonObjectScalar, { description: "What it overrides of its strategy's parameters." })
  parameters!: Record<string, unknown>;

  @Field(() => BotRisk, { description: 'Its money management.' })
  risk!: BotRisk;

  @Field(() => Int, {
    description: 'Seconds between two looks at its open orders and late fills at the exchange, although no news came of them.',
  })
  checkIntervalSeconds!: number;

  @Field(() => Boolean, {
    description:
      'Whether it brings what an entry lacks from the funding wallet of its account into the one that it trades from; never more than its initialCapital in a UTC day.',
  })
  autoTransferFunds!: boolean;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'How much it brings at once, in the quote currency; what is missing when null.',
  })
  transferAmount!: string | null;

  @Field(() => BotState, { description: 'What it is doing.' })
  state!: BotState;

  @Field(() => [BotAction], { description: 'What may be asked of it now.' })
  allowedActions!: readonly BotAction[];

  /** The bot as the services know it, for field resolvers; not in the schema. */
  view!: BotView;
}

export const BotConnection = connectionOf(Bot, 'Bot', 'bots');
export type BotConnection = InstanceType<typeof BotConnection>;

export function botOf(view: BotView): Bot {
  const bot = new Bot();
  const { id, state } = view;
  bot.id = toGlobalId('bot', id);
  bot.version = view.version;
  bot.createdAt = view.createdAt as Date;
  bot.updatedAt = view.updatedAt as Date;
  bot.name = view.name;
  bot.symbol = view.symbol;
  bot.marketType = view.marketType;
  bot.timeframe = view.timeframe;
  bot.mode = view.mode;
  bot.parameters = view.parameters;
  bot.risk = view;
  bot.checkIntervalSeconds = view.checkIntervalSeconds;
  bot.autoTransferFunds = view.autoTransferFunds;
  bot.transferAmount = view.transferAmount;
  bot.state = stateOf(state);
  bot.allowedActions = allowedActions(state.status);
  bot.view = view;
  return bot;
}

function stateOf(state: BotStateView): BotState {
  return state as BotState;
}
