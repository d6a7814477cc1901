import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { Bot } from '../../entities/trading/Bot.ts';
import type { RowFilter, RowOrder } from '../../services/database/index.ts';
import { BotStatus, TradingMode } from '../../trading/bot.ts';
import type { Decimal } from '../../trading/money.ts';
import { OrderSide, OrderType, TimeInForce } from '../../trading/order.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { PageArgs } from '../connection.ts';
import { type EnumFilter, enumFilterOf } from '../enum-filter.ts';
import { describeEnum, SortDirection } from '../enums.ts';
import { DateTimeFilter, filterOf, IdFilter, idCondition, StringFilter } from '../filters.ts';
import { MarketRef } from '../market-data/market-ref.ts';
import { DecimalScalar, JsonObjectScalar } from '../scalars.ts';

const BotStatusFilter = enumFilterOf(BotStatus, 'BotStatus');
const TradingModeFilter = enumFilterOf(TradingMode, 'TradingMode');

@InputType({ description: 'Which bots.' })
export class BotFilter {
  @Field(() => [BotFilter], { nullable: true, description: 'All of these.' })
  and?: BotFilter[];

  @Field(() => [BotFilter], { nullable: true, description: 'One of these.' })
  or?: BotFilter[];

  @Field(() => BotFilter, { nullable: true, description: 'Not this.' })
  not?: BotFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Its id.' })
  id?: IdFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Its name.' })
  name?: StringFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Market, such as "BTC/USDT".' })
  symbol?: StringFilter;

  @Field(() => BotStatusFilter, { nullable: true, description: 'Where it stands.' })
  status?: EnumFilter<BotStatus>;

  @Field(() => IdFilter, { nullable: true, description: 'Id of its strategy.' })
  strategyId?: IdFilter;

  @Field(() => TradingModeFilter, { nullable: true, description: 'Whether its orders are simulated.' })
  mode?: EnumFilter<TradingMode>;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was made.' })
  createdAt?: DateTimeFilter;
}

/** A bot filter in terms of rows. @throws DomainError INVALID for an id of another type, LIMIT_EXCEEDED for one that is too large */
export function botCondition(filter: BotFilter | null | undefined): RowFilter<Bot> | undefined {
  return filterOf(
    filter,
    ({ id, name, symbol, status, strategyId, mode, createdAt }) =>
      ({
        id: idCondition(id, 'bot'),
        name,
        symbol,
        state: status && { status },
        strategyId: idCondition(strategyId, 'str'),
        mode,
        createdAt,
      }) as RowFilter<Bot>,
  );
}

/** What bots are sorted by: only what an index serves. */
export const BotSortField = { CREATED_AT: 'CREATED_AT', NAME: 'NAME' } as const;
export type BotSortField = (typeof BotSortField)[keyof typeof BotSortField];
describeEnum(BotSortField, 'BotSortField', 'What bots are sorted by.', {
  CREATED_AT: 'When it was made.',
  NAME: 'Its name.',
});

@InputType({ description: 'One key of an order of bots; the id is always the last.' })
export class BotSort {
  @Field(() => BotSortField, { description: 'What by.' })
  field!: BotSortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

const sortColumns = { CREATED_AT: 'createdAt', NAME: 'name' } as const;

export function botSort(keys: readonly BotSort[] | null | undefined): readonly RowOrder<Bot>[] {
  if (!keys || keys.length === 0) return [{ field: 'createdAt', direction: 'DESC' }];
  return keys.map(({ field, direction }) => ({ field: sortColumns[field], direction: direction ?? 'DESC' }));
}

@ArgsType()
export class BotListArgs extends PageArgs {
  @Field(() => BotFilter, { nullable: true, description: 'Which bots; all when left out.' })
  filter?: BotFilter;

  @Field(() => [BotSort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: BotSort[];
}

@InputType({ description: 'Money management. Percentages mean percent: "1.5" is 1.5 %.' })
class BotRiskFields {
  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Share of the capital that one position takes, its entry fee included. 95 when no size is given.',
  })
  positionSizePercent?: Decimal | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Quote amount that one position takes, instead of a share.' })
  positionSizeFixed?: Decimal | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Distance of the stop from the entry; null: none.' })
  stopLossPercent?: Decimal | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Distance of the target from the entry; null: none.' })
  takeProfitPercent?: Decimal | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Distance of the stop that follows the best price; null: none.' })
  trailingStopPercent?: Decimal | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'No entry for the rest of a UTC day that has gained this much; null: no limit.',
  })
  dailyTargetPercent?: Decimal | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'No entry for the rest of a UTC day that has lost this much; null: no limit.',
  })
  maxDailyLossPercent?: Decimal | null;

  @Field(() => Int, { nullable: true, description: 'Entries per UTC day; null: no limit.' })
  maxDailyTrades?: number | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Position value over margin; 1 on spot.' })
  leverage?: Decimal | null;
}

@InputType({ description: 'Money management of a new bot. Percentages mean percent: "1.5" is 1.5 %.' })
export class BotRiskInput extends BotRiskFields {
  @Field(() => DecimalScalar, { description: 'What it begins with, in the quote currency.' })
  initialCapital!: Decimal;
}

@InputType({ description: 'Changes of money management. Absent: unchanged. Null: cleared.' })
export class BotRiskPatch extends BotRiskFields {
  @Field(() => DecimalScalar, { nullable: true, description: 'Only until it is started for the first time.' })
  initialCapital?: Decimal;
}

@InputType({ description: 'A new bot.' })
export class CreateBotInput {
  @Field(() => String, { description: 'What to call it: 1 to 120 characters, no two alike.' })
  name!: string;

  @Field(() => ID, { description: 'A str_ id: what it decides by.' })
  strategyId!: string;

  @Field(() => MarketRef, { description: 'What it trades.' })
  market!: MarketRef;

  @Field(() => Timeframe, { description: 'Candles that it decides on.' })
  timeframe!: Timeframe;

  @Field(() => TradingMode, {
    nullable: true,
    description: 'PAPER, the default, simulates its fills. LIVE needs a valid TRADE key.',
  })
  mode?: TradingMode | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A key_ id: what a LIVE bot trades with. Of the same exchange, valid, and for TRADE.',
  })
  apiKeyId?: string | null;

  @Field(() => BotRiskInput, { description: 'Its money management.' })
  risk!: BotRiskInput;

  @Field(() => JsonObjectScalar, { nullable: true, description: "What to override of the strategy's parameters." })
  parameters?: Record<string, unknown> | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds between two looks at its open orders and late fills at the exchange, although no news came of them: 5 to 3600, 30 when left out or null.',
  })
  checkIntervalSeconds?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Brings what an entry lacks from the funding wallet of its account into the one that it trades from, never more than initialCapital in a UTC day. LIVE only, where the exchange has such a wallet and the key may transfer; off when left out or null.',
  })
  autoTransferFunds?: boolean | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'How much to bring at once, in the quote currency, at most initialCapital; what is missing when left out or null.',
  })
  transferAmount?: Decimal | null;
}

@InputType({ description: 'Changes of a bot. Absent: unchanged. Null: cleared.' })
export class BotPatch {
  @Field(() => String, { nullable: true, description: 'What to call it.' })
  name?: string | null;

  @Field(() => ID, { nullable: true, description: 'A key_ id: what a LIVE bot trades with.' })
  apiKeyId?: string | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: "What to override of the strategy's parameters, as a whole; null: nothing.",
  })
  parameters?: Record<string, unknown> | null;

  @Field(() => BotRiskPatch, { nullable: true, description: 'Money management.' })
  risk?: BotRiskPatch | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds between two looks at its open orders and late fills at the exchange, although no news came of them: 5 to 3600, null: 30.',
  })
  checkIntervalSeconds?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Brings what an entry lacks from the funding wallet of its account into the one that it trades from, never more than initialCapital in a UTC day. LIVE only, where the exchange has such a wallet and the key may transfer; null: off, and transferAmount with it.',
  })
  autoTransferFunds?: boolean | null;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'How much to bring at once, in the quote currency, at most initialCapital; null: what is missing.',
  })
  transferAmount?: Decimal | null;
}

@InputType({ description: 'Which bot to change, and how.' })
export class UpdateBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;

  @Field(() => BotPatch, { description: 'What to change.' })
  patch!: BotPatch;
}

@InputType({ description: 'Which bot to delete.' })
export class DeleteBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which bot to start.' })
export class StartBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;

  @Field(() => Int, { nullable: true, description: 'Refuse when it was changed since this version.' })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which bot to pause.' })
export class PauseBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;
}

@InputType({ description: 'Which bot to resume.' })
export class ResumeBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;
}

@InputType({ description: 'Which bot to stop.' })
export class StopBotInput {
  @Field(() => ID, { description: 'A bot_ id.' })
  id!: string;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Closes its position at the market first. Otherwise, and by default, it stays open, with its stop and target at the exchange.',
  })
  closePosition?: boolean | null;
}

@InputType({ description: 'Which position to close.' })
export class ClosePositionInput {
  @Field(() => String, {
    description:
      'Made up by you for this wish, such as a UUID: a retry with the same key within 24 hours is answered with the first result.',
  })
  idempotencyKey!: string;

  @Field(() => ID, { description: 'A pos_ id.' })
  id!: string;
}

@InputType({ description: 'An order by hand.' })
export class PlaceOrderInput {
  @Field(() => String, {
    description:
      'Made up by you for this wish, such as a UUID: a retry with the same key within 24 hours is answered with the first result.',
  })
  idempotencyKey!: string;

  @Field(() => ID, {
    description: 'A bot_ id. The bot must run, with the built-in strategy "manual": others trade by their strategy alone.',
  })
  botId!: string;

  @Field(() => OrderSide, { description: 'Direction. Against the position it closes a part of it.' })
  side!: OrderSide;

  @Field(() => OrderType, { description: 'How it is filled.' })
  type!: OrderType;

  @Field(() => DecimalScalar, { description: "In the base currency, a multiple of the market's step." })
  amount!: Decimal;

  @Field(() => DecimalScalar, { nullable: true, description: 'Limit price of LIMIT and STOP_LIMIT.' })
  price?: Decimal | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Trigger price of STOP and STOP_LIMIT.' })
  stopPrice?: Decimal | null;

  @Field(() => TimeInForce, { nullable: true, description: 'How long a LIMIT waits; GTC when left out.' })
  timeInForce?: TimeInForce | null;
}

@InputType({ description: 'Which order to take back.' })
export class CancelOrderInput {
  @Field(() => String, {
    description:
      'Made up by you for this wish, such as a UUID: a retry with the same key within 24 hours is answered with the first result.',
  })
  idempotencyKey!: string;

  @Field(() => ID, { description: 'An ord_ id.' })
  id!: string;
}
