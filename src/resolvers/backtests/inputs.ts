import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { Backtest } from '../../entities/research/Backtest.ts';
import { JobStatus } from '../../entities/research/JobStatus.ts';
import { QualityAction, qualityOptions } from '../../services/backtests/data-quality.ts';
import type { RowFilter, RowOrder } from '../../services/database/index.ts';
import {
  EntryFee,
  EntryType,
  FillAt,
  FillModel,
  GuardsFrom,
  simulationOptions,
  StopAnchor,
  TakeProfitOf,
  TargetGap,
  tradingOptions,
} from '../../trading/options.ts';
import type { ParameterDeclaration, ParameterDeclarations } from '../../trading/parameters.ts';
import { MarketType } from '../../trading/position.ts';
import { Timeframe } from '../../trading/timeframe.ts';
import { PageArgs } from '../connection.ts';
import { describeEnum, SortDirection } from '../enums.ts';
import { DateTimeFilter, filterOf, IdFilter, idCondition, StringFilter } from '../filters.ts';
import { MarketRef } from '../market-data/market-ref.ts';
import { DateTimeScalar, DecimalScalar, JsonObjectScalar } from '../scalars.ts';

describeEnum(FillAt, 'FillAt', 'When an order that was decided at the close of a candle fills.', {
  NEXT_OPEN: 'At the open of the next candle.',
  SIGNAL_CLOSE: 'At the very close that decided it.',
});
describeEnum(StopAnchor, 'StopAnchor', 'What stop, target and trailing distances are counted from.', {
  ENTRY_FILL: 'The price of the entry fill.',
  SIGNAL_CLOSE: 'The close of the candle that decided.',
});
describeEnum(TargetGap, 'TargetGap', 'What a target fills at when the open has already passed it.', {
  LEVEL: 'Its own price.',
  OPEN: 'The better open; an exit by signal also comes before a stop that this open has gapped through.',
});
describeEnum(EntryFee, 'EntryFee', 'Where the fee of an entry comes from.', {
  WITHIN_SIZE: 'Out of the amount put into the position.',
  ON_TOP: 'Out of the capital beside it: the whole amount is bought.',
});
describeEnum(TakeProfitOf, 'TakeProfitOf', 'What the percentage of a target is a share of.', {
  PRICE: 'The price it is counted from.',
  NET_PROFIT: 'What the position has cost, fee included: that much is left after both fees.',
});
describeEnum(
  GuardsFrom,
  'GuardsFrom',
  'From when on the stop and the target of a position are live. A liquidation price always is.',
  {
    ENTRY_CANDLE: 'In the candle of the entry, as far as it comes after it.',
    NEXT_CANDLE: 'From the candle after that of the entry.',
  },
);
describeEnum(EntryType, 'EntryType', 'How a position is entered.', {
  MARKET: 'At the market.',
  LIMIT: 'By a limit order that waits for a better price.',
  STOP: 'By a stop order that waits until the price has moved on.',
});
describeEnum(QualityAction, 'QualityAction', 'What happens to a backtest whose candles are worse than a threshold.', {
  MARK: 'It runs, and `qualityIssues` of its result tells.',
  REFUSE: 'It does not run.',
});
describeEnum(FillModel, 'FillModel', 'What is believed about the path inside a candle.', {
  PESSIMISTIC: 'The adverse extreme came first: the stop beats the target.',
  OHLC_PATH: 'Open, low, high, close when it closed at or above its open, else open, high, low, close.',
  DETAIL: 'Candles of a finer timeframe decide; PESSIMISTIC inside those.',
});

@InputType({
  description: 'A backtest to run. Percentages mean percent: "1.5" is 1.5 %. Options that are left out have their defaults.',
})
export class CreateBacktestInput {
  @Field(() => ID, { description: 'A str_ id.' })
  strategyId!: string;

  @Field(() => MarketRef, { nullable: true, description: 'Which market; or several: `markets`.' })
  market?: MarketRef | null;

  @Field(() => [MarketRef], {
    nullable: true,
    description:
      'Instead of `market`: 1 to 100 markets of one exchange and quote asset that share the capital, in the order in which they are served where there is not enough for all.',
  })
  markets?: MarketRef[] | null;

  @Field(() => Int, {
    nullable: true,
    description: 'With `markets`: positions open at the same time, 1 to 100; one per market when left out.',
  })
  maxOpenPositions?: number | null;

  @Field(() => Timeframe, { description: 'Length of its candles.' })
  timeframe!: Timeframe;

  @Field(() => DateTimeScalar, { description: 'Candles that open at or after this.' })
  from!: Date;

  @Field(() => DateTimeScalar, { description: 'Candles that open before this.' })
  to!: Date;

  @Field(() => String, { nullable: true, description: 'What you call it: at most 120 characters.' })
  name?: string | null;

  @Field(() => JsonObjectScalar, { nullable: true, description: "Overrides of the strategy's parameters." })
  parameters?: Record<string, unknown> | null;

  @Field(() => Timeframe, {
    nullable: true,
    description:
      'With fillModel DETAIL: the length of the candles that decide inside the others; the finest that each market has when left out.',
  })
  detailTimeframe?: Timeframe | null;
}

const declarations: ParameterDeclarations = { ...tradingOptions, ...simulationOptions, ...qualityOptions };
const choices: Readonly<Record<string, object>> = {
  marketType: MarketType,
  fillAt: FillAt,
  stopAnchor: StopAnchor,
  targetGap: TargetGap,
  entryFee: EntryFee,
  takeProfitOf: TakeProfitOf,
  guardsFrom: GuardsFrom,
  fillModel: FillModel,
  entryType: EntryType,
  qualityAction: QualityAction,
};

function typeOf(name: string, { type }: ParameterDeclaration): unknown {
  if (type === 'NUMBER') return DecimalScalar;
  if (type === 'INTEGER') return Int;
  if (type === 'BOOLEAN') return Boolean;
  const choice = choices[name];
  if (choice === undefined) throw new TypeError(`the engine's option ${name} has no GraphQL enumeration`);
  return choice;
}

/** One field per option of the engine, from the declarations that check them: the two cannot differ. */
for (const [name, declaration] of Object.entries(declarations)) {
  const { description, default: standard } = declaration;
  const options = { nullable: true, description: `${description} Default: ${standard ?? 'null'}.` };
  Field(() => typeOf(name, declaration) as typeof Boolean, options)(CreateBacktestInput.prototype, name);
}

/** The engine's options out of the input. */
export function optionsOf(input: CreateBacktestInput): Record<string, unknown> {
  const given = input as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(declarations).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
}

@InputType({ description: 'Which backtest.' })
export class CancelBacktestInput {
  @Field(() => ID, { description: 'A bt_ id.' })
  id!: string;
}

@InputType({ description: 'Conditions on how a job stands.' })
export class JobStatusFilter {
  @Field(() => JobStatus, { nullable: true, description: 'Is this.' })
  eq?: JobStatus;

  @Field(() => [JobStatus], { nullable: true, description: 'Is one of these.' })
  in?: JobStatus[];

  @Field(() => [JobStatus], { nullable: true, description: 'Is none of these.' })
  notIn?: JobStatus[];
}

@InputType({ description: 'Which backtests.' })
export class BacktestFilter {
  @Field(() => [BacktestFilter], { nullable: true, description: 'All of these.' })
  and?: BacktestFilter[];

  @Field(() => [BacktestFilter], { nullable: true, description: 'One of these.' })
  or?: BacktestFilter[];

  @Field(() => BacktestFilter, { nullable: true, description: 'Not this.' })
  not?: BacktestFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Its id.' })
  id?: IdFilter;

  @Field(() => IdFilter, { nullable: true, description: 'Id of its strategy.' })
  strategyId?: IdFilter;

  @Field(() => JobStatusFilter, { nullable: true, description: 'How it stands.' })
  status?: JobStatusFilter;

  @Field(() => StringFilter, { nullable: true, description: 'Its name.' })
  name?: StringFilter;

  @Field(() => Timeframe, { nullable: true, description: 'Length of its candles.' })
  timeframe?: Timeframe;

  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was asked for.' })
  createdAt?: DateTimeFilter;
}

/** A backtest filter in terms of rows. @throws DomainError INVALID for an id of another type, LIMIT_EXCEEDED for one that is too large */
export function backtestCondition(filter: BacktestFilter | null | undefined): RowFilter<Backtest> | undefined {
  return filterOf(
    filter,
    ({ id, strategyId, status, name, timeframe, createdAt }) =>
      ({
        id: idCondition(id, 'bt'),
        strategyId: idCondition(strategyId, 'str'),
        status,
        name,
        timeframe: timeframe && { eq: timeframe },
        createdAt,
      }) as RowFilter<Backtest>,
  );
}

/** What backtests are sorted by: only what an index serves. */
export const BacktestSortField = { CREATED_AT: 'CREATED_AT' } as const;
export type BacktestSortField = (typeof BacktestSortField)[keyof typeof BacktestSortField];
describeEnum(BacktestSortField, 'BacktestSortField', 'What backtests are sorted by.', { CREATED_AT: 'When it was asked for.' });

@InputType({ description: 'One key of an order of backtests; the id is always the last.' })
export class BacktestSort {
  @Field(() => BacktestSortField, { description: 'What by.' })
  field!: BacktestSortField;

  @Field(() => SortDirection, { nullable: true, description: 'Which end comes first; DESC when left out.' })
  direction?: SortDirection | null;
}

export function backtestSort(keys: readonly BacktestSort[] | null | undefined): readonly RowOrder<Backtest>[] {
  if (!keys || keys.length === 0) return [{ field: 'createdAt', direction: 'DESC' }];
  return keys.map(({ direction }) => ({ field: 'createdAt', direction: direction ?? 'DESC' }));
}

@ArgsType()
export class BacktestListArgs extends PageArgs {
  @Field(() => BacktestFilter, { nullable: true, description: 'Which backtests; all when left out.' })
  filter?: BacktestFilter;

  @Field(() => [BacktestSort], { nullable: true, description: 'In which order; newest first when left out.' })
  orderBy?: BacktestSort[];
}
