import { type Command, Option } from 'commander';
import { ParameterError } from '../trading/errors.ts';
import { simulationOptions, tradingOptions } from '../trading/options.ts';
import type { ParameterDeclaration, ParameterDeclarations } from '../trading/parameters.ts';
import type { BacktestSpec } from '../trading/backtest-types.ts';
import { readSpec } from '../trading/backtest.ts';
import type { StrategyDefinition } from '../trading/strategy.ts';
import type { Timeframe } from '../trading/timeframe.ts';
import { qualityOptions, type QualityOptions, readQuality } from '../services/backtests/data-quality.ts';
import { suggestion } from './suggest.ts';
import { CliError, usageError } from './terminal.ts';

/** The options of the engine and of the gate for candles, by name: each is an option of the command line too. */
const engine: ParameterDeclarations = { ...tradingOptions, ...simulationOptions };
const declarations: ParameterDeclarations = { ...engine, ...qualityOptions };

/** `initialCapital` as it is typed: `--initial-capital`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function placeholder(declaration: ParameterDeclaration): string {
  if (declaration.type === 'BOOLEAN') return '';
  return declaration.type === 'CHOICE' ? ` <${declaration.values.join('|')}>` : ' <number>';
}

/** Adds the options of the engine: one per declaration, so that the two cannot differ. */
export function addEngineOptions(command: Command): void {
  addOptions(command, engine);
}

/** Adds the options of the gate for candles. */
export function addGateOptions(command: Command): void {
  addOptions(command, qualityOptions);
}

function addOptions(command: Command, wanted: ParameterDeclarations): void {
  for (const [name, declaration] of Object.entries(wanted)) {
    const standard = declaration.default === null || declaration.default === false ? '' : ` (default: ${declaration.default})`;
    const text = declaration.description.replace(/\b[a-z]+[A-Z]\w+\b/g, (word) => (word in declarations ? flagOf(word) : word));
    command.addOption(
      new Option(`${flagOf(name)}${placeholder(declaration)}`, text.replace(/\bnull:/g, 'off:').replace(/\.$/, '') + standard),
    );
  }
}

const numeric = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Text from the command line as the value a declaration asks for; what does not fit stays text, and the check names it. */
function valueOf(text: string, declaration: ParameterDeclaration | undefined): unknown {
  if (declaration?.type === 'CHOICE') return text;
  if (declaration?.type === 'BOOLEAN') return text === 'true' ? true : text === 'false' ? false : text;
  if (text === 'null' || text === 'off') return null;
  return numeric.test(text) ? Number(text) : text;
}

/** Reads `--param key=value` once or many times. */
export function readParams(params: readonly string[], strategy: StrategyDefinition): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const param of params) {
    const [, key, text] = /^([^=\s]+)=(.*)$/s.exec(param) ?? [];
    if (key === undefined || text === undefined) throw usageError(`--param takes key=value, such as emaFast=9, not "${param}"`);
    if (Object.hasOwn(values, key)) throw usageError(`--param ${key} is given twice`);
    const known = Object.keys(strategy.parameters);
    if (!known.includes(key))
      throw usageError(
        `strategy "${strategy.name}" has no parameter "${key}"; it has ${known.join(', ') || 'none'}${suggestion(key, known)}`,
      );
    values[key] = valueOf(text, strategy.parameters[key]);
  }
  return values;
}

/** What commander makes of the command line: option names in camel case, all values text. */
export type RawOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/**
 * The spec that the command line asks for, checked by the engine itself.
 * @throws CliError naming the option, its limit and the value
 */
export function readEngineOptions(
  raw: RawOptions,
  strategy: StrategyDefinition,
  params: readonly string[],
  timeframe: Timeframe,
): BacktestSpec {
  return asUsage(() => {
    const spec: BacktestSpec = { ...given(raw, engine), strategy, parameters: readParams(params, strategy), timeframe };
    // Finer candles are not loaded yet; the rest can be checked without them.
    readSpec(spec.fillModel === 'DETAIL' ? { ...spec, fillModel: 'PESSIMISTIC' } : spec);
    return spec;
  });
}

/**
 * The gate that the command line asks for.
 * @throws CliError naming the option, its limit and the value
 */
export function readGateOptions(raw: RawOptions): QualityOptions {
  return asUsage(() => readQuality(given(raw, qualityOptions)));
}

function given(raw: RawOptions, wanted: ParameterDeclarations): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, declaration]) => {
      const value = raw[name];
      return value === undefined ? [] : [[name, typeof value === 'string' ? valueOf(value, declaration) : value]];
    }),
  );
}

function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParameterError) throw usageError(asTyped(error), { cause: error });
    throw error;
  }
}

/** What is refused when the options were good is about the candles. @throws CliError with the sentence */
export function aboutCandles<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ParameterError) throw new CliError(flagged(error.message), 1, { cause: error });
    throw error;
  }
}

/** The engine's message in the words of the command line. */
function asTyped(error: ParameterError): string {
  const message = flagged(
    error.message.replace(/ of (the backtest|data quality)/, '').replace(' a number or null,', ' a number or off,'),
  );
  const { value, limit } = error.details;
  return typeof value === 'string' && Array.isArray(limit) ? message + suggestion(value, limit as string[]) : message;
}

/** A sentence with the options in it as they are typed. */
export function flagged(sentence: string): string {
  return sentence.replace(/\b[a-z]+[A-Z]?\w*\b/g, (word) => (Object.hasOwn(declarations, word) ? flagOf(word) : word));
}
