import { Field, Int, ObjectType } from 'type-graphql';
import { StrategyStatus } from '../../entities/trading/Strategy.ts';
import { rulesOf } from '../../services/strategies/definition.ts';
import type { StrategyView } from '../../services/strategies/strategy-service.ts';
import { rulesText } from '../../trading/rules/index.ts';
import { connectionOf } from '../connection.ts';
import { describeEnum } from '../enums.ts';
import { toGlobalId } from '../ids.ts';
import { Node } from '../node.ts';
import { DateTimeScalar, JsonObjectScalar } from '../scalars.ts';

/** The kinds that can be made. Rows know more; an enumeration only lists what works. */
export const StrategyKind = { BUILT_IN: 'BUILT_IN', RULES: 'RULES', PLUGIN: 'PLUGIN' } as const;
export type StrategyKind = (typeof StrategyKind)[keyof typeof StrategyKind];
describeEnum(StrategyKind, 'StrategyKind', "Where a strategy's decisions come from. Values may be added.", {
  BUILT_IN: 'One that comes with the product; see `builtInStrategies`.',
  RULES: 'Conditions over prices and indicators that its owner sent.',
  PLUGIN: "A module in the server's folder of strategies; see `strategyPlugins`.",
});
describeEnum(StrategyStatus, 'StrategyStatus', 'Whether a strategy is in use.', {
  ACTIVE: 'Can be run.',
  INACTIVE: 'Archived: what ran with it stays, nothing new is started.',
});

@ObjectType({ simpleResolvers: true, description: 'A strategy that comes with the product.' })
export class BuiltInStrategy {
  @Field(() => String, { description: 'Its name, as `builtIn` of a strategy: "ema-rsi".' })
  name!: string;

  @Field(() => String, { description: 'What it does.' })
  description!: string;

  @Field(() => JsonObjectScalar, {
    description: 'JSON Schema (2020-12) of its parameters, with defaults and limits; `step` is the grid of a search.',
  })
  parameterSchema!: object;
}

@ObjectType({
  simpleResolvers: true,
  description: "A file in the server's folder of strategies: one that can be used, or the reason why it cannot.",
})
export class StrategyPlugin {
  @Field(() => String, { description: 'Name of the file: "trend.ts".' })
  file!: string;

  @Field(() => String, { nullable: true, description: 'Its name, as `plugin` of a strategy; null when it is not loaded.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'What it does; null when it is not loaded.' })
  description!: string | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'JSON Schema (2020-12) of its parameters, with defaults and limits; null when it is not loaded.',
  })
  parameterSchema!: object | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of its source in hexadecimal, as the results of backtests keep it; null when it is not loaded.',
  })
  sha256!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it is not loaded; null when it is.' })
  problem!: string | null;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A strategy with the parameters that its owner gave it.' })
export class Strategy extends Node {
  @Field(() => Int, { description: 'Grows by one with each change: the higher one wins, whatever order they arrive in.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => String, { description: 'What its owner calls it; unique among their strategies.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What its owner says of it.' })
  description!: string | null;

  @Field(() => StrategyKind, { description: 'Where its decisions come from.' })
  kind!: StrategyKind;

  @Field(() => String, { nullable: true, description: 'Name of the built-in strategy; null for other kinds.' })
  builtIn!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the plugin; null for other kinds.' })
  plugin!: string | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'Its rules, complete, in the form of `RulesInput`; null for other kinds.',
  })
  rules!: Record<string, unknown> | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Its rules in words, a line for each moment: "Enter long: EMA(9) crosses above EMA(21) and RSI(14) < 70"; null for other kinds.',
  })
  rulesText!: string | null;

  @Field(() => JsonObjectScalar, { description: 'All its parameters with their values.' })
  parameters!: Record<string, unknown>;

  @Field(() => JsonObjectScalar, { description: 'JSON Schema (2020-12) of its parameters, with defaults and limits.' })
  parameterSchema!: object;

  @Field(() => StrategyStatus, { description: 'Whether it is in use.' })
  status!: StrategyStatus;
}

export const StrategyConnection = connectionOf(Strategy, 'Strategy', 'strategies');
export type StrategyConnection = InstanceType<typeof StrategyConnection>;

/** @param parameterSchema of the strategy's definition, which the view does not carry */
export function strategyOf(view: StrategyView, parameterSchema: object): Strategy {
  const { id, version, createdAt, updatedAt, name, description, kind, definition, parameters, status } = view;
  const named = typeof definition['name'] === 'string' ? definition['name'] : null;
  const builtIn = kind === 'BUILT_IN' ? named : null;
  const plugin = kind === 'PLUGIN' ? named : null;
  const rules = kind === 'RULES' ? definition : null;
  const readable = rulesOf(view);
  const text = readable && rulesText(readable);
  const fields = { version, createdAt, updatedAt, name, description, kind, parameters, parameterSchema, status };
  return Object.assign(new Strategy(), fields, { id: toGlobalId('str', id), builtIn, plugin, rules, rulesText: text });
}
