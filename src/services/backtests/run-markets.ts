// Used in worker threads, as .ts and as .js: it imports nothing but the core and its neighbours here.
import { runBacktest, type BacktestSpec, type OnProgress, strategyOf } from '../../trading/backtest.ts';
import type { Candles } from '../../trading/candle.ts';
import { type CheckedCandles, checkedCandles, requireUntouched } from '../../trading/checked-candles.ts';
import type { Detail } from '../../trading/detail.ts';
import { ParameterError } from '../../trading/errors.ts';
import { runPortfolioBacktest } from '../../trading/portfolio/run.ts';
import { requireDecision } from '../../trading/warm-up.ts';
import { countDuplicates, passGate, type QualityIssue, type QualityOptions, readQuality } from './data-quality.ts';
import { type Figures, figuresOf, portfolioFigures } from './figures.ts';

/** One market, in the order in which they are served. */
export interface TaskMarket {
  readonly symbol: string;
  readonly candles: Candles | CheckedCandles;
  /** Finer candles, for the fill model DETAIL. */
  readonly detail?: Detail;
}

export interface MarketsToRun {
  /** One, or several that share the capital. */
  readonly markets: readonly TaskMarket[];
  /** Positions open at the same time, of several markets; one per market when absent. */
  readonly maxOpenPositions?: number;
  readonly spec: BacktestSpec;
  /** The gate that the candles pass before the run; by its defaults when absent. */
  readonly quality?: QualityOptions;
  /** Whether the strategy is code that could write into the candles: then it is looked whether it has. */
  readonly mayWrite?: boolean;
}

export interface MarketsRun {
  readonly figures: Figures;
  /** Each market's candles, looked through. */
  readonly looked: readonly CheckedCandles[];
  readonly qualityIssues: readonly QualityIssue[];
}

/**
 * Looks the candles through, lets them pass the gate and runs: over one market as a backtest, over several as a portfolio.
 * @throws ParameterError when the candles, or what was asked, cannot be run
 */
export function runMarkets(
  { markets, maxOpenPositions, spec, quality = readQuality({}), mayWrite = false }: MarketsToRun,
  progress?: OnProgress,
): MarketsRun {
  const looked = markets.map((market) => ({ ...market, candles: lookThrough(market, spec, markets.length > 1) }));
  const duplicates = looked.map(({ candles }) => countDuplicates(candles.candles));
  const qualityIssues = looked.flatMap(({ symbol, candles }, i) => passGate(symbol, candles, duplicates[i], quality));
  requireDecision(strategyOf(spec), Math.max(...looked.map(({ candles: { candles } }) => candles.openTime.length)));
  const [{ symbol, candles, detail }] = looked;
  const run = (): Figures =>
    looked.length === 1
      ? figuresOf(symbol, candles, duplicates[0], runBacktest(candles, withDetail(spec, detail), progress))
      : portfolioFigures(
          duplicates,
          runPortfolioBacktest(
            { ...spec, markets: looked, ...(maxOpenPositions === undefined ? {} : { maxOpenPositions }) },
            progress,
          ),
        );
  const figures = mayWrite
    ? requireUntouched(
        looked.map((market) => market.candles),
        run,
      )
    : run();
  return { figures, looked: looked.map(({ candles: checked }) => checked), qualityIssues };
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
