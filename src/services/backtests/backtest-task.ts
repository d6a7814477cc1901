// Runs in a worker thread, as .ts and as .js: it imports nothing but the core and its neighbours here.
import { runBacktest, type BacktestSpec } from '../../trading/backtest.ts';
import type { Candles } from '../../trading/candle.ts';
import { type CheckedCandles, checkedCandles } from '../../trading/checked-candles.ts';
import type { Detail } from '../../trading/detail.ts';
import { ParameterError } from '../../trading/errors.ts';
import { runPortfolioBacktest } from '../../trading/portfolio/run.ts';
import type { StrategyDefinition } from '../../trading/strategy.ts';
import type { ReportProgress, TaskResult } from '../jobs/task.ts';
import { countDuplicates, passGate, type QualityIssue, type QualityOptions, readQuality } from './data-quality.ts';
import { packEquity } from './equity-curve.ts';
import { type Figures, figuresOf, portfolioFigures } from './figures.ts';

/** A strategy that is no built-in: a module for the thread to import, and what its `threadDefinition` is asked with. */
export interface ThreadSource {
  /** Its URL. */
  readonly module: string;
  readonly strategy: unknown;
}

/** One market, in the order in which they are served. */
export interface TaskMarket {
  readonly symbol: string;
  readonly candles: Candles | CheckedCandles;
  /** Finer candles, for the fill model DETAIL. */
  readonly detail?: Detail;
}

export interface BacktestTaskInput {
  /** One, or several that share the capital. */
  readonly markets: readonly TaskMarket[];
  /** Positions open at the same time, of several markets; one per market when absent. */
  readonly maxOpenPositions?: number;
  readonly spec: BacktestSpec;
  /** The gate that the candles pass before the run; by its defaults when absent. */
  readonly quality?: QualityOptions;
  /** In place of the spec's strategy. */
  readonly source?: ThreadSource | undefined;
}

interface SourceModule {
  threadDefinition(strategy: unknown): Promise<StrategyDefinition>;
}

/** What looking candles through gives, beside the candles. */
export type Findings = Omit<CheckedCandles, 'candles' | 'timeframe'>;

/** The result, its equity curve packed for the row. */
export interface BacktestOutcome extends Omit<Figures, 'times' | 'equity'> {
  readonly equityCurve: Uint8Array;
  readonly qualityIssues: readonly QualityIssue[];
  /** Of each market's candles. */
  readonly findings: readonly Findings[];
}

export async function run(
  { markets, maxOpenPositions, spec, quality = readQuality({}), source }: BacktestTaskInput,
  report: ReportProgress,
): Promise<TaskResult<BacktestOutcome>> {
  const strategy = source
    ? await ((await import(source.module)) as SourceModule).threadDefinition(source.strategy)
    : spec.strategy;
  const looked = markets.map((market) => ({ ...market, candles: lookThrough(market, spec, markets.length > 1) }));
  const duplicates = looked.map(({ candles }) => countDuplicates(candles.candles));
  const qualityIssues = looked.flatMap(({ symbol, candles }, i) => passGate(symbol, candles, duplicates[i], quality));
  const progress = (fraction: number): void => report(fraction);
  const [{ symbol, candles, detail }] = looked;
  const { times, equity, ...rest } =
    looked.length === 1
      ? figuresOf(symbol, candles, duplicates[0], runBacktest(candles, withDetail({ ...spec, strategy }, detail), progress))
      : portfolioFigures(
          duplicates,
          runPortfolioBacktest(
            { ...spec, strategy, markets: looked, ...(maxOpenPositions === undefined ? {} : { maxOpenPositions }) },
            progress,
          ),
        );
  if (!Number.isFinite(rest.finalCapital))
    throw new ParameterError(
      'the capital grew beyond what a number can hold: candles like these, or fees this low, are not of this world',
      ['candles'],
    );
  const findings = looked.map(({ candles: { candles: _columns, timeframe: _timeframe, ...found } }) => found);
  const equityCurve = packEquity(times, equity);
  return { value: { ...rest, equityCurve, qualityIssues, findings }, transfer: [equityCurve.buffer as ArrayBuffer] };
}

function withDetail(spec: BacktestSpec, detail: Detail | undefined): BacktestSpec {
  return detail === undefined ? spec : { ...spec, detail };
}

function lookThrough({ symbol, candles }: TaskMarket, { timeframe }: BacktestSpec, isOneOfMany: boolean): CheckedCandles {
  if ('candles' in candles) return candles;
  try {
    return checkedCandles(candles, timeframe);
  } catch (error) {
    if (!isOneOfMany || !(error instanceof ParameterError)) throw error;
    throw new ParameterError(`market "${symbol}": ${error.message}`, error.path, error.details);
  }
}
