import type { PriceSource } from '../indicators/indicator.ts';
import type { ParameterValue } from '../parameters.ts';

/** The columns of a candle, as rules name them. */
export const RulePrice = { OPEN: 'OPEN', HIGH: 'HIGH', LOW: 'LOW', CLOSE: 'CLOSE', VOLUME: 'VOLUME' } as const;
export type RulePrice = (typeof RulePrice)[keyof typeof RulePrice];

/** The same columns, as the core names them. */
export const priceSource: Readonly<Record<RulePrice, PriceSource>> = {
  OPEN: 'open',
  HIGH: 'high',
  LOW: 'low',
  CLOSE: 'close',
  VOLUME: 'volume',
};

/** A column of the candles. */
export interface PriceOperand {
  readonly source: RulePrice;
  /** Candles ago; 0 when left out. */
  readonly offset?: number;
}

/** The name of a parameter that the rules declare, where a value would stand. */
export interface ParameterReference {
  readonly parameter: string;
}

/** A line of an indicator. */
export interface IndicatorOperand {
  readonly name: string;
  /** All its parameters. */
  readonly parameters: Readonly<Record<string, ParameterValue | ParameterReference>>;
  /** Which line, where there are several. */
  readonly output?: string;
  /** What it is computed on; CLOSE when left out. */
  readonly source?: RulePrice;
  /** Candles ago; 0 when left out. */
  readonly offset?: number;
}

export interface Pair {
  readonly left: Operand;
  readonly right: Operand;
}

/** A number per candle: one key says which. */
export type Operand =
  | { readonly constant: number }
  | ParameterReference
  | { readonly price: PriceOperand }
  | { readonly indicator: IndicatorOperand }
  | { readonly plus: Pair }
  | { readonly minus: Pair }
  | { readonly times: Pair }
  | { readonly over: Pair };

/** A direction that is kept up for some candles. */
export interface Trend {
  readonly operand: Operand;
  readonly candles: number;
}

/** A condition that was true lately. */
export interface Within {
  readonly condition: Condition;
  /** How many candles count, the current one included. */
  readonly candles: number;
}

/**
 * Something that is true or false at each candle: one key says which. A comparison with a value that is not there yet is false.
 * A cross is strict on both sides: above now and below one candle ago.
 */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly above: Pair }
  | { readonly atLeast: Pair }
  | { readonly below: Pair }
  | { readonly atMost: Pair }
  | { readonly crossesAbove: Pair }
  | { readonly crossesBelow: Pair }
  | { readonly rising: Trend }
  | { readonly falling: Trend }
  | { readonly within: Within };

/** A number that the owner of the rules, a bot or an optimisation may change. */
export interface RuleParameter {
  readonly name: string;
  readonly type: 'INTEGER' | 'NUMBER';
  readonly description: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** The grid of a search and of an input field. */
  readonly step: number;
}

/** When positions are entered and left; at least one way in. Plain JSON. */
export interface Rules {
  readonly enterLong?: Condition;
  readonly exitLong?: Condition;
  readonly enterShort?: Condition;
  readonly exitShort?: Condition;
  /** Prices that an entry asks for, as of its signal; they take the place of the configured distances. */
  readonly stopLong?: Operand;
  readonly targetLong?: Operand;
  readonly stopShort?: Operand;
  readonly targetShort?: Operand;
  /** Whether an entry of the other side turns an open position round; otherwise only an exit ends it. */
  readonly reverses?: boolean;
  readonly parameters?: readonly RuleParameter[];
}

export const moments = ['enterLong', 'exitLong', 'enterShort', 'exitShort'] as const satisfies readonly (keyof Rules)[];
export const levels = ['stopLong', 'targetLong', 'stopShort', 'targetShort'] as const satisfies readonly (keyof Rules)[];
export const comparisons = ['above', 'atLeast', 'below', 'atMost', 'crossesAbove', 'crossesBelow'] as const;
export const trends = ['rising', 'falling'] as const;
export const calculations = ['plus', 'minus', 'times', 'over'] as const;

export type Comparison = (typeof comparisons)[number];
export type Calculation = (typeof calculations)[number];

/** The one key of a node and what stands under it. */
export type Keyed<N> = N extends unknown ? { [K in keyof N]: readonly [K, N[K]] }[keyof N] : never;

/** A node as its key and its content, for a `switch`. */
export function keyed<N extends Condition | Operand>(node: N): Keyed<N> {
  return Object.entries(node)[0] as unknown as Keyed<N>;
}
