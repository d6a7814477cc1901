import type { Candles } from './candle.ts';
import { ParameterError } from './errors.ts';
import type { Indicator } from './indicators/indicator.ts';
import { type ParameterDeclarations, readParameters, type ValuesOf } from './parameters.ts';

/** What a strategy wants after a closed candle. */
export const Decision = { HOLD: 0, ENTER_LONG: 1, ENTER_SHORT: 2, EXIT: 3 } as const;
export type Decision = (typeof Decision)[keyof typeof Decision];

/**
 * What a candle says to whoever is flat, long or short: bits, one byte per candle. An ENTER bit speaks to the flat, an EXIT bit to
 * those who hold that side. With both ENTER bits the long one counts.
 */
export const Signal = { NONE: 0, ENTER_LONG: 1, ENTER_SHORT: 2, EXIT_LONG: 4, EXIT_SHORT: 8 } as const;

/** What a strategy may know of its own position. Prices are NaN and counts 0 while flat. */
export interface PositionView {
  /** 1 long, −1 short, 0 flat. */
  readonly side: 1 | 0 | -1;
  readonly entryPrice: number;
  readonly quantity: number;
  /** Candles closed since the entry. */
  readonly candles: number;
}

/** Prices an entry may ask for instead of the configured distances. NaN: not asked for. */
export interface DecisionLevels {
  stop: number;
  target: number;
}

/**
 * Writes the signals of the candles from `from` up to `to`: `out[i]` for candle i, a pure function of the columns up to i. A backtest asks
 * for all candles at once, a running bot for one at a time. Reading beyond i is looking ahead; a prefix must give the same signals.
 */
export type WriteSignals = (from: number, to: number, out: Uint8Array) => void;

/**
 * The decision at the close of candle `index`: a pure function of the columns up to `index` and the position. It may set `levels`, which
 * are NaN when it is called. For strategies whose exits depend on more than which side is held; several times slower than signals.
 */
export type Decide = (index: number, position: PositionView, levels: DecisionLevels) => Decision;

/** What a strategy is given to decide with. */
export interface StrategyContext<D extends ParameterDeclarations = ParameterDeclarations, K extends string = string> {
  /** Candle columns. In a running bot they are a window, so an index is a place in them, never a date. */
  readonly candles: Candles;
  /** The declared indicators' columns, as long as the candles. */
  readonly columns: Readonly<Record<K, Float64Array>>;
  readonly parameters: ValuesOf<D>;
  /** False on spot: a strategy then has no use for ENTER_SHORT. */
  readonly shorts: boolean;
}

/** A strategy as one declaration: backtest, paper and live run the same. It has either `signals` or `decide`. */
export interface StrategyDefinition<D extends ParameterDeclarations = ParameterDeclarations, K extends string = string> {
  /** As users name it: "ema-rsi". */
  readonly name: string;
  readonly description: string;
  readonly parameters: D;
  /** Rules between parameters; throws ParameterError with a path that begins with `path`. */
  readonly check?: (parameters: ValuesOf<D>, path: readonly string[]) => void;
  /** `shorts` as in the context: without them, what only short positions are decided by may be left out. The warm-up counts all. */
  readonly indicators: (parameters: ValuesOf<D>, shorts: boolean) => Readonly<Record<K, Indicator>>;
  /** Candles before the current one that a decision looks back at; 1 for a cross. The first decision waits for them. */
  readonly lookBack: number;
  readonly signals?: (context: StrategyContext<D, K>) => WriteSignals;
  /** With `signals`: an ENTER signal of the other side reverses an open position; otherwise only EXIT ends it. */
  readonly reverses?: boolean;
  /** With `signals`: sets what an entry at candle `index` asks for; `levels` are NaN when it is called. */
  readonly levels?: (context: StrategyContext<D, K>) => (index: number, side: 1 | -1, levels: DecisionLevels) => void;
  readonly decide?: (context: StrategyContext<D, K>) => Decide;
}

/** Gives a definition its types: parameters and columns are known by name inside it. */
export function defineStrategy<const D extends ParameterDeclarations, K extends string>(
  definition: StrategyDefinition<D, K>,
): StrategyDefinition {
  return definition as unknown as StrategyDefinition;
}

/** A strategy with checked parameters, ready to be given candles. */
export interface BoundStrategy {
  readonly definition: StrategyDefinition;
  readonly parameters: ValuesOf<ParameterDeclarations>;
  readonly indicators: Readonly<Record<string, Indicator>>;
  /** Index of the first candle with a decision: `lookBack` after the last indicator has its first value, also those that only shorts need. */
  readonly firstDecision: number;
}

/**
 * Checks parameters against a strategy's declaration.
 * @param shorts whether anything will be sold short
 * @throws ParameterError naming the parameter, its limit and the value, with its path
 */
export function bindStrategy(
  definition: StrategyDefinition,
  parameters: Readonly<Record<string, unknown>> | undefined,
  path: readonly string[] = ['parameters'],
  shorts = true,
): BoundStrategy {
  if ((definition.signals === undefined) === (definition.decide === undefined))
    throw new ParameterError(`strategy "${definition.name}" must have either signals or decide`, ['strategy']);
  const values = readParameters(definition.parameters, parameters, `strategy "${definition.name}"`, path);
  definition.check?.(values, path);
  const all = definition.indicators(values, true);
  const warmUp = Math.max(0, ...Object.values(all).map((indicator) => indicator.warmUp));
  const indicators = shorts ? all : definition.indicators(values, false);
  return { definition, parameters: values, indicators, firstDecision: warmUp + definition.lookBack };
}
