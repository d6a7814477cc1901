import { Arg, Ctx, Field, Float, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { DriftKind } from '../../services/reconciliation/drift.ts';
import type { DriftService } from '../../services/reconciliation/drift-service.ts';
import { ExitReason, PositionSide } from '../../trading/position.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { describeEnum } from '../enums.ts';
import { fromGlobalId } from '../ids.ts';
import { DateTimeScalar } from '../scalars.ts';
import '../orders/closed-trade.ts';

describeEnum(DriftKind, 'DriftKind', "How a bot's round trip compares with the one that a backtest makes of the same candles.", {
  EXACT: 'The same candles, prices, quantity, fees and reason.',
  SLIPPED: 'In the same candles, at other prices, with another quantity or for another reason.',
  LATE: 'Entered or left in a later candle.',
  EARLY: 'Entered or left in an earlier candle, and nothing of it late.',
  MISSED: 'The backtest makes it, the bot did not.',
  EXTRA: 'The bot made it, the backtest does not.',
});

@ObjectType({ simpleResolvers: true, description: 'A round trip of a comparison. Prices, fees and profit in quote currency.' })
export class DriftTrip {
  @Field(() => PositionSide, { description: 'Which way it gains.' })
  side!: PositionSide;

  @Field(() => Float, { description: 'In base currency.' })
  quantity!: number;

  @Field(() => DateTimeScalar, { description: 'When it was entered.' })
  enteredAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was left.' })
  leftAt!: Date;

  @Field(() => Float, { description: 'Average price of the entry.' })
  entryPrice!: number;

  @Field(() => Float, { description: 'Average price of the exit.' })
  exitPrice!: number;

  @Field(() => Float, { description: 'Of both sides.' })
  fees!: number;

  @Field(() => Float, { description: 'After fees.' })
  pnl!: number;

  @Field(() => ExitReason, { description: 'Why it was left.' })
  exitReason!: ExitReason;
}

@ObjectType({
  simpleResolvers: true,
  description: 'A round trip of the bot beside the one of the replay. Numbers are 0 where one is missing.',
})
export class DriftItem {
  @Field(() => DriftKind, { description: 'How they compare.' })
  kind!: DriftKind;

  @Field(() => DriftTrip, { nullable: true, description: "The bot's; null when it made none." })
  actual!: DriftTrip | null;

  @Field(() => DriftTrip, { nullable: true, description: "The replay's; null when it makes none." })
  expected!: DriftTrip | null;

  @Field(() => Float, { description: 'How much worse the entry price was, in quote currency per unit; negative: better.' })
  entrySlippage!: number;

  @Field(() => Float, { description: 'How much worse the exit price was, in quote currency per unit; negative: better.' })
  exitSlippage!: number;

  @Field(() => Float, { description: 'How much later it was entered, in seconds. Within one candle that says little.' })
  entryDelaySeconds!: number;

  @Field(() => Float, { description: 'How much later it was left, in seconds. Within one candle that says little.' })
  exitDelaySeconds!: number;

  @Field(() => Float, { description: 'Profit of the bot minus that of the replay, in quote currency.' })
  pnlDifference!: number;

  @Field(() => String, { description: 'What differs, in a sentence.' })
  explanation!: string;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'All differences added up, in quote currency. `byPrice`, `byFees`, `byQuantity`, `byMissed` and `byExtra` make up `pnlDifference`.',
})
export class DriftTotals {
  @Field(() => Int, { description: 'Round trips that are the same.' })
  exact!: number;

  @Field(() => Int, { description: 'Those that differ within their candles.' })
  slipped!: number;

  @Field(() => Int, { description: 'Those in later candles.' })
  late!: number;

  @Field(() => Int, { description: 'Those in earlier candles.' })
  early!: number;

  @Field(() => Int, { description: 'Those that the bot did not make.' })
  missed!: number;

  @Field(() => Int, { description: 'Those that only the bot made.' })
  extra!: number;

  @Field(() => Float, { description: 'What the replay makes.' })
  expectedPnl!: number;

  @Field(() => Float, { description: 'What the bot made.' })
  actualPnl!: number;

  @Field(() => Float, { description: 'What the bot made minus what the replay makes.' })
  pnlDifference!: number;

  @Field(() => Float, { description: 'By other prices of the same round trips.' })
  byPrice!: number;

  @Field(() => Float, { description: 'By other fees of the same round trips.' })
  byFees!: number;

  @Field(() => Float, { description: 'By other quantities of the same round trips.' })
  byQuantity!: number;

  @Field(() => Float, { description: 'By round trips that were missed.' })
  byMissed!: number;

  @Field(() => Float, { description: 'By round trips that only the bot made.' })
  byExtra!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: "A bot's period beside a backtest of the same candles, with the bot's settings of today.",
})
export class DriftReport {
  @Field(() => Int, { description: 'Candles of the period that are stored and were replayed.' })
  candles!: number;

  @Field(() => DriftTotals, { description: 'All together.' })
  totals!: DriftTotals;

  @Field(() => [DriftItem], { description: 'Round trip by round trip, oldest first.' })
  items!: DriftItem[];
}

type Trip = NonNullable<Awaited<ReturnType<DriftService['report']>>['items'][number]['actual']>;

function tripOf(trip: Trip | null): DriftTrip | null {
  return trip && { ...trip, enteredAt: new Date(trip.entryTime), leftAt: new Date(trip.exitTime) };
}

/** What a bot did beside what it should have done. */
@Resolver()
export class DriftResolver {
  readonly #drift: DriftService;

  constructor(drift: DriftService) {
    this.#drift = drift;
  }

  @Query(() => DriftReport, {
    description:
      'Replays a period of a bot through the backtester on the stored candles and matches its round trips one by one. At most 50,000 candles and 1,000 round trips.',
  })
  async driftReport(
    @Arg('botId', () => ID, { description: 'A bot_ id.' }) botId: string,
    @Arg('from', () => DateTimeScalar, {
      description: 'Round trips decided after this. Choose a moment at which the bot held nothing: the replay begins flat.',
    })
    from: Date,
    @Arg('to', () => DateTimeScalar, { description: 'And left before this.' }) to: Date,
    @Ctx() context: RequestContext,
  ): Promise<DriftReport> {
    const report = await this.#drift.report(viewerOf(context), { botId: fromGlobalId('bot', botId, ['botId']), from, to });
    const { counts, ...sums } = report.totals;
    return {
      candles: report.candles,
      totals: {
        exact: counts.EXACT,
        slipped: counts.SLIPPED,
        late: counts.LATE,
        early: counts.EARLY,
        missed: counts.MISSED,
        extra: counts.EXTRA,
        ...sums,
      },
      items: report.items.map(({ actual, expected, entryDelayMs, exitDelayMs, ...item }) => ({
        ...item,
        actual: tripOf(actual),
        expected: tripOf(expected),
        entryDelaySeconds: entryDelayMs / 1_000,
        exitDelaySeconds: exitDelayMs / 1_000,
      })),
    };
  }
}
