import { Field, ID, InputType, Int } from 'type-graphql';
import { TradingMode } from '../../trading/bot.ts';
import type { Decimal } from '../../trading/money.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import '../enums.ts';
import { MarketRef } from '../market-data/market-ref.ts';
import { DecimalScalar, JsonObjectScalar } from '../scalars.ts';

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
