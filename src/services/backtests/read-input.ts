import { amountText } from '../../entities/columns/DecimalType.ts';
import { ParameterError } from '../../trading/errors.ts';
import { Decimal } from '../../trading/money.ts';
import { readBacktestOptions, type SimulationOptions, type TradingOptions } from '../../trading/options.ts';
import { DomainError } from '../errors.ts';
import { inputChecked } from '../input-checks.ts';

export type EngineOptions = TradingOptions & SimulationOptions;

/** Options of the engine as a client sends them: exact decimals, choices, whole numbers, null for "off". */
export type OptionsInput = Readonly<Record<string, unknown>>;

/**
 * Checks the options and fills in the defaults.
 * @throws DomainError INVALID with the path of the bad option
 */
export function readOptions(input: OptionsInput): EngineOptions {
  const given = Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [[name, plain(value)]])),
  );
  return inputChecked(() => {
    const options = readBacktestOptions(given, ['input']);
    if (options.positionSizeFixed !== null && given['positionSizePercent'] !== undefined && given['positionSizePercent'] !== null)
      throw new ParameterError('give positionSizePercent or positionSizeFixed, not both', ['input', 'positionSizeFixed']);
    return options;
  });
}

function plain(value: unknown): unknown {
  return Decimal.isDecimal(value) ? value.toNumber() : value;
}

/** Columns of their own in the row; the other options are kept as JSON. */
const columns = ['marketType', 'leverage', 'initialCapital', 'feePercent', 'slippagePercent'] as const;

/** The options as the row keeps them. */
export function optionColumns(options: EngineOptions) {
  const rest: Record<string, unknown> = { ...options };
  for (const name of columns) delete rest[name];
  return {
    marketType: options.marketType,
    leverage: exact('leverage', options.leverage),
    initialCapital: exact('initialCapital', options.initialCapital),
    feePercent: exact('feePercent', options.feePercent),
    slippagePercent: exact('slippagePercent', options.slippagePercent),
    options: rest,
  };
}

function exact(name: string, value: number): Decimal {
  try {
    return new Decimal(amountText(value));
  } catch (error) {
    throw new DomainError('INVALID', `${name}: ${(error as Error).message}`, { path: ['input', name], cause: error });
  }
}

/** What a row keeps of the options. */
export interface OptionColumns {
  readonly marketType: string;
  readonly leverage: string;
  readonly initialCapital: string;
  readonly feePercent: string;
  readonly slippagePercent: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The options of a stored backtest, complete: what it ran with, and would run with again. */
export function storedOptions(row: OptionColumns): Record<string, unknown> {
  const { marketType, leverage, initialCapital, feePercent, slippagePercent, options } = row;
  return {
    ...options,
    marketType,
    leverage: Number(leverage),
    initialCapital: Number(initialCapital),
    feePercent: Number(feePercent),
    slippagePercent: Number(slippagePercent),
  };
}
