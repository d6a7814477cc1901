import type { NumberDeclaration, ParameterDeclarations, ValuesOf } from '../parameters.ts';
import type { Indicator, PriceSource } from './indicator.ts';

/** An indicator as something that can be named: by a rule, by a client that draws a chart. */
export interface IndicatorKind {
  /** As traders write it: "EMA", "MACD". */
  readonly name: string;
  readonly description: string;
  readonly parameters: ParameterDeclarations;
  /** The lines it has, the usual one first; one empty name where there is only one. */
  readonly outputs: readonly string[];
  /** Whether it can be computed on any column; otherwise it has columns of its own. */
  readonly sourced: boolean;
  readonly create: (parameters: Readonly<Record<string, never>>, output: string, source: PriceSource) => Indicator;
}

/** Gives a kind its types: parameters and outputs are known by name inside it. */
export function defineIndicator<const D extends ParameterDeclarations, const O extends readonly [string, ...string[]]>(kind: {
  readonly name: string;
  readonly description: string;
  readonly parameters: D;
  readonly outputs: O;
  readonly sourced: boolean;
  readonly create: (parameters: ValuesOf<D>, output: O[number], source: PriceSource) => Indicator;
}): IndicatorKind {
  return kind as unknown as IndicatorKind;
}

/** A number of candles, from 1. */
export function candleCount(description: string, usual: number, max = 5_000) {
  return { type: 'INTEGER', description, default: usual, min: 1, max, step: 1 } as const satisfies NumberDeclaration;
}

/** The parameter `period` as most indicators have it. */
export const period = (usual: number, max?: number) => candleCount('Candles it looks back over.', usual, max);

/** A multiple of something, above 0. */
export function factor(description: string, usual: number, { max = 100, step = 0.1 } = {}) {
  return { type: 'NUMBER', description, default: usual, min: 0, aboveMin: true, max, step } as const satisfies NumberDeclaration;
}
