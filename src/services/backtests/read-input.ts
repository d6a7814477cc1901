import { amountText } from '../../entities/columns/DecimalType.ts';
import { ParameterError } from '../../trading/errors.ts';
import { Decimal } from '../../trading/money.ts';
import { FillModel, readBacktestOptions, type SimulationOptions, type TradingOptions } from '../../trading/options.ts';
import { Timeframe, timeframeMs } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import { inputChecked } from '../input-checks.ts';
import { qualityOptions, type QualityOptions, readQuality } from './data-quality.ts';

export type EngineOptions = TradingOptions & SimulationOptions;

/** Options of the engine as a client sends them: exact decimals, choices, whole numbers, null for "off". */
export type OptionsInput = Readonly<Record<string, unknown>>;

/**
 * Checks the options and fills in the defaults.
 * @throws DomainError INVALID with the path of the bad option
 */
export function readOptions(input: OptionsInput): EngineOptions {
  const given = givenOf(input, (name) => !Object.hasOwn(qualityOptions, name));
  return inputChecked(() => {
    const options = readBacktestOptions(given, ['input']);
    if (options.positionSizeFixed !== null && given['positionSizePercent'] !== undefined && given['positionSizePercent'] !== null)
      throw new ParameterError('give positionSizePercent or positionSizeFixed, not both', ['input', 'positionSizeFixed']);
    return options;
  });
}

/**
 * The gate that the candles have to pass, out of the same options.
 * @throws DomainError INVALID with the path of the bad option
 */
export function readGate(input: OptionsInput): QualityOptions {
  return inputChecked(() =>
    readQuality(
      givenOf(input, (name) => Object.hasOwn(qualityOptions, name)),
      ['input'],
    ),
  );
}

function givenOf(input: OptionsInput, isWanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (value === undefined || !isWanted(name) ? [] : [[name, plain(value)]])),
  );
}

function plain(value: unknown): unknown {
  return Decimal.isDecimal(value) ? value.toNumber() : value;
}

/** Columns of their own in the row; the other options are kept as JSON. */
const columns = ['marketType', 'leverage', 'initialCapital', 'feePercent', 'slippagePercent'] as const;

/** What a backtest is asked beside the engine's options. */
export interface BacktestExtras {
  /** Of each market, in their order; null where none decides inside the candles. */
  readonly details: readonly (Timeframe | null)[];
  readonly maxOpenPositions: number | null;
  readonly quality: QualityOptions;
}

/** The options as the row keeps them. */
export function optionColumns(options: EngineOptions, { details, maxOpenPositions, quality }: BacktestExtras) {
  const rest: Record<string, unknown> = { ...options };
  for (const name of columns) delete rest[name];
  return {
    marketType: options.marketType,
    leverage: exact('leverage', options.leverage),
    initialCapital: exact('initialCapital', options.initialCapital),
    feePercent: exact('feePercent', options.feePercent),
    slippagePercent: exact('slippagePercent', options.slippagePercent),
    options: { ...rest, ...detailColumns(details), maxOpenPositions, quality },
  };
}

/** One timeframe where all markets have the same, and the list of them where they differ. */
function detailColumns(details: readonly (Timeframe | null)[]) {
  const [first = null] = details;
  return details.every((detail) => detail === first)
    ? { detailTimeframe: first }
    : { detailTimeframe: null, detailTimeframes: details };
}

function exact(name: string, value: number): Decimal {
  try {
    return new Decimal(amountText(value));
  } catch (error) {
    throw new DomainError('INVALID', `${name}: ${(error as Error).message}`, { path: ['input', name], cause: error });
  }
}

/**
 * Candle length that decides inside the candles, with the fill model DETAIL; null with the others.
 * @returns undefined when the finest that there is shall decide
 * @throws DomainError INVALID when it is not finer, or not wanted
 */
export function readDetail(
  options: EngineOptions,
  timeframe: Timeframe,
  detail: Timeframe | null | undefined,
): Timeframe | null | undefined {
  const path = ['input', 'detailTimeframe'];
  const isGiven = detail !== null && detail !== undefined;
  if (options.fillModel !== FillModel.DETAIL) {
    if (isGiven)
      throw new DomainError('INVALID', `detailTimeframe ${detail} is for fillModel DETAIL, not ${options.fillModel}`, { path });
    return null;
  }
  if (!isGiven) return undefined;
  const [inner, outer] = [timeframeMs(detail), timeframeMs(timeframe)];
  if (inner >= outer || outer % inner !== 0)
    throw new DomainError('INVALID', `detailTimeframe ${detail} does not divide candles of ${timeframe}`, { path });
  return detail;
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
  const { marketType, leverage, initialCapital, feePercent, slippagePercent } = row;
  const {
    detailTimeframe: _detail,
    detailTimeframes: _details,
    maxOpenPositions: _most,
    quality: _quality,
    ...options
  } = row.options;
  return {
    ...options,
    marketType,
    leverage: Number(leverage),
    initialCapital: Number(initialCapital),
    feePercent: Number(feePercent),
    slippagePercent: Number(slippagePercent),
  };
}

/** Candle length that decides inside the candles of a stored backtest; null where none does, and where its markets differ. */
export function storedDetail({ options }: Pick<OptionColumns, 'options'>): Timeframe | null {
  return timeframeOf(options['detailTimeframe']);
}

/** The same, of one market by its place. */
export function storedDetailOf(row: Pick<OptionColumns, 'options'>, place: number): Timeframe | null {
  const each = row.options['detailTimeframes'];
  return Array.isArray(each) ? timeframeOf(each[place]) : storedDetail(row);
}

function timeframeOf(stored: unknown): Timeframe | null {
  return typeof stored === 'string' && Object.hasOwn(Timeframe, stored) ? (stored as Timeframe) : null;
}

/** Positions that a stored backtest may have open at the same time; null: one per market. */
export function storedMost({ options }: Pick<OptionColumns, 'options'>): number | null {
  const most = options['maxOpenPositions'];
  return typeof most === 'number' ? most : null;
}

/** The gate of a stored backtest; the defaults where it is older than the gate. */
export function storedQuality({ options }: Pick<OptionColumns, 'options'>): QualityOptions {
  return readQuality((options['quality'] ?? {}) as Record<string, unknown>);
}
