import { Field, Float, InputType, Int } from 'type-graphql';
import { RulePrice } from '../../trading/rules/index.ts';
import { describeEnum } from '../enums.ts';
import { JsonObjectScalar } from '../scalars.ts';

describeEnum(RulePrice, 'RulePrice', 'A column of the candles.', {
  OPEN: 'First price.',
  HIGH: 'Highest price.',
  LOW: 'Lowest price.',
  CLOSE: 'Last price.',
  VOLUME: 'Volume in the base asset.',
});

const offset = { nullable: true, description: 'Candles ago, up to 500; 0, the current one, when left out.' };

@InputType({ description: 'A column of the candles.' })
export class RulePriceInput {
  @Field(() => RulePrice, { description: 'Which one.' })
  source!: RulePrice;

  @Field(() => Int, offset)
  offset?: number | null;
}

@InputType({ description: 'A line of an indicator.' })
export class RuleIndicatorInput {
  @Field(() => String, { description: 'Its name: "EMA".' })
  name!: string;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description:
      'Its parameters: { period: 9 }; those left out have their defaults. A value may be a parameter of the rules: { period: { parameter: "fast" } }.',
  })
  parameters?: Record<string, unknown> | null;

  @Field(() => String, { nullable: true, description: 'Which of its lines: "signal"; the first one when left out.' })
  output?: string | null;

  @Field(() => RulePrice, {
    nullable: true,
    description: 'What it is computed on, where that can be chosen; CLOSE when left out.',
  })
  source?: RulePrice | null;

  @Field(() => Int, offset)
  offset?: number | null;
}

@InputType({ description: 'Two numbers.' })
export class RulePair {
  @Field(() => RuleOperand, { description: 'The first one.' })
  left!: RuleOperand;

  @Field(() => RuleOperand, { description: 'The second one.' })
  right!: RuleOperand;
}

/** `@oneOf`: exactly one field is given. */
@InputType({ description: 'A number at each candle.' })
export class RuleOperand {
  @Field(() => Float, { nullable: true, description: 'Always the same number.' })
  constant?: number | null;

  @Field(() => String, { nullable: true, description: 'The value of a parameter of the rules, by its name.' })
  parameter?: string | null;

  @Field(() => RulePriceInput, { nullable: true, description: 'A price or the volume.' })
  price?: RulePriceInput | null;

  @Field(() => RuleIndicatorInput, { nullable: true, description: 'An indicator.' })
  indicator?: RuleIndicatorInput | null;

  @Field(() => RulePair, { nullable: true, description: 'left + right.' })
  plus?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left - right.' })
  minus?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left * right.' })
  times?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left / right.' })
  over?: RulePair | null;
}

@InputType({ description: 'A direction that is kept up.' })
export class RuleTrend {
  @Field(() => RuleOperand, { description: 'What moves.' })
  operand!: RuleOperand;

  @Field(() => Int, { nullable: true, description: 'At each of so many candles, up to 500; 1 when left out.' })
  candles?: number | null;
}

@InputType({ description: 'A condition that was true lately.' })
export class RuleWithin {
  @Field(() => RuleCondition, { description: 'What was true.' })
  condition!: RuleCondition;

  @Field(() => Int, { description: 'At any of so many candles, up to 500, the current one included.' })
  candles!: number;
}

/** `@oneOf`: exactly one field is given. */
@InputType({
  description:
    'Something that is true or false at each candle. At most 200 conditions and operands in all, nested at most 16 deep, looking back at most 500 candles, with at most 32 different indicators. A comparison with a value that is not there yet is false.',
})
export class RuleCondition {
  @Field(() => [RuleCondition], { nullable: true, description: 'All of these; at least one.' })
  all?: RuleCondition[] | null;

  @Field(() => [RuleCondition], { nullable: true, description: 'One of these; at least one.' })
  any?: RuleCondition[] | null;

  @Field(() => RuleCondition, { nullable: true, description: 'Not this.' })
  not?: RuleCondition | null;

  @Field(() => RulePair, { nullable: true, description: 'left > right.' })
  above?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left >= right.' })
  atLeast?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left < right.' })
  below?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left <= right.' })
  atMost?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left > right now, and left < right one candle ago; a tie is neither.' })
  crossesAbove?: RulePair | null;

  @Field(() => RulePair, { nullable: true, description: 'left < right now, and left > right one candle ago; a tie is neither.' })
  crossesBelow?: RulePair | null;

  @Field(() => RuleTrend, { nullable: true, description: 'Higher than one candle before, at each of the last candles.' })
  rising?: RuleTrend | null;

  @Field(() => RuleTrend, { nullable: true, description: 'Lower than one candle before, at each of the last candles.' })
  falling?: RuleTrend | null;

  @Field(() => RuleWithin, { nullable: true, description: 'True at any of the last candles.' })
  within?: RuleWithin | null;
}

/** Types of a parameter of rules. */
export const RuleParameterType = { INTEGER: 'INTEGER', NUMBER: 'NUMBER' } as const;
export type RuleParameterType = (typeof RuleParameterType)[keyof typeof RuleParameterType];
describeEnum(RuleParameterType, 'RuleParameterType', 'What values a parameter of rules takes.', {
  INTEGER: 'Whole numbers.',
  NUMBER: 'Any numbers.',
});

@InputType({ description: 'A number in the rules that can be changed without changing the rules: by a bot, by a backtest.' })
export class RuleParameterInput {
  @Field(() => String, { description: 'Its name: a letter, then up to 39 letters, digits or _.' })
  name!: string;

  @Field(() => RuleParameterType, { nullable: true, description: 'NUMBER when left out.' })
  type?: RuleParameterType | null;

  @Field(() => String, { nullable: true, description: 'What it means: at most 200 characters.' })
  description?: string | null;

  @Field(() => Float, { description: 'Its value unless another is given.' })
  default!: number;

  @Field(() => Float, { description: 'The least value.' })
  min!: number;

  @Field(() => Float, { description: 'The greatest value.' })
  max!: number;

  @Field(() => Float, { nullable: true, description: 'The grid of a search and of an input field.' })
  step?: number | null;
}

const levelOf = (what: string): { nullable: true; description: string } => ({
  nullable: true,
  description: `Price of ${what}, as of the candle that enters. On the other side of it, and when left out, the percentage of the backtest or the bot counts.`,
});

@InputType({ description: 'When positions are entered and left; enterLong or enterShort is needed.' })
export class RulesInput {
  @Field(() => RuleCondition, { nullable: true, description: 'Buys when this is true and nothing is held.' })
  enterLong?: RuleCondition | null;

  @Field(() => RuleCondition, { nullable: true, description: 'Sells what is held when this is true.' })
  exitLong?: RuleCondition | null;

  @Field(() => RuleCondition, { nullable: true, description: 'On futures: sells short when this is true and nothing is held.' })
  enterShort?: RuleCondition | null;

  @Field(() => RuleCondition, { nullable: true, description: 'On futures: buys a short position back when this is true.' })
  exitShort?: RuleCondition | null;

  @Field(() => RuleOperand, levelOf('the stop of a long entry, below the close'))
  stopLong?: RuleOperand | null;

  @Field(() => RuleOperand, levelOf('the target of a long entry, above the close'))
  targetLong?: RuleOperand | null;

  @Field(() => RuleOperand, levelOf('the stop of a short entry, above the close'))
  stopShort?: RuleOperand | null;

  @Field(() => RuleOperand, levelOf('the target of a short entry, below the close'))
  targetShort?: RuleOperand | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether an entry of the other side turns an open position round. When left out only an exit ends it.',
  })
  reverses?: boolean | null;

  @Field(() => [RuleParameterInput], { nullable: true, description: 'Numbers that can be changed by name; at most 16.' })
  parameters?: RuleParameterInput[] | null;
}

/** Deeper than any rules that are accepted, which are refused before somebody gets there. */
const deepest = 64;

/** Rules as plain data: without the classes of the inputs, which the core has no business with. */
export function plainRules(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return null;
  if (Array.isArray(value)) return value.map((item) => plainRules(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainRules(item, depth + 1)]));
}
