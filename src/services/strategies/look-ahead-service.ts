import type { Candles } from '../../trading/candle.ts';
import { lookAheadDefaults, requireCandles } from '../../trading/look-ahead.ts';
import { type Timeframe, timeframeMs, timeframeText } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import { inputChecked } from '../input-checks.ts';
import { TaskError, taskModule } from '../jobs/task.ts';
import { ThreadPool } from '../jobs/thread-pool.ts';
import type { Viewer } from '../viewer.ts';
import type { LookAheadFindings, LookAheadTaskInput } from './look-ahead-task.ts';
import type { StrategyChoice, StrategyService } from './strategy-service.ts';

type MarketSelector = { readonly id: string } | { readonly exchange: string; readonly symbol: string };
interface SeriesKey {
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

export interface CheckLookAhead extends StrategyChoice {
  readonly market: MarketSelector;
  readonly timeframe: Timeframe;
  /** Open time of the first candle. */
  readonly from: Date;
  /** Candles open before this. */
  readonly to: Date;
  /** Overrides of the strategy's parameters. */
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

interface LookAheadParts {
  readonly strategies: Pick<StrategyService, 'choose'>;
  readonly markets: {
    market(selector: MarketSelector, path: readonly string[]): Promise<{ readonly exchange: string; readonly symbol: string }>;
  };
  /** Throws DomainError NOT_FOUND when there are none, naming what there is instead. */
  readonly candles: {
    load(
      key: SeriesKey,
      range: { readonly from: number; readonly to: number },
      options: { shared: false },
    ): Promise<{ readonly candles: Candles }>;
  };
}

/** Candle lengths that the period of one check may span. */
const mostCheckedCandles = lookAheadDefaults.maxCandles;
/** Checks that run at once, everybody's. */
const mostAtOnce = 2;
/** Less than an operation may take, so that whoever waits is told. */
const usualDeadlineMs = 8_000;
const memoryMb = 256;
const columnsMb = 256;

const task = taskModule<LookAheadTaskInput, LookAheadFindings>('./look-ahead-task', import.meta.url);

/**
 * Look-ahead checks while somebody waits: bounded candles, each in a thread of its own that ends with it, so that what a module keeps
 * of one check is not there in the next.
 */
export class LookAheadService {
  readonly #parts: LookAheadParts;
  readonly #deadlineMs: number;
  readonly #checking = new Set<string>();

  /** @param deadlineMs that one check may take */
  constructor(parts: LookAheadParts, deadlineMs = usualDeadlineMs) {
    this.#parts = parts;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Checks a strategy on past candles, asked as on a market that can be shorted.
   * @throws DomainError NOT_FOUND, REQUIRED, INVALID with the path of the bad input, also when the strategy fails; THROTTLED
   */
  async check(viewer: Viewer, input: CheckLookAhead): Promise<LookAheadFindings> {
    const range = checkedPeriod(input);
    const { bound, thread } = await this.#parts.strategies.choose(viewer, input, input.parameters);
    const { exchange, symbol } = await this.#parts.markets.market(input.market, ['input', 'market']);
    this.#take(viewer);
    try {
      const { candles } = await this.#load({ exchange, symbol, timeframe: input.timeframe }, range);
      inputChecked(() => requireCandles(bound, candles.openTime.length, ['input', 'from']));
      const { timeframe } = input;
      return await runAlone(
        { candles, timeframe, strategy: thread, parameters: bound.parameters, shorts: true },
        this.#deadlineMs,
      );
    } finally {
      this.#checking.delete(viewer.userId);
    }
  }

  #take({ userId }: Viewer): void {
    if (this.#checking.has(userId)) throw new DomainError('THROTTLED', 'a check of yours is running, one at a time: wait for it');
    if (this.#checking.size >= mostAtOnce)
      throw new DomainError(
        'THROTTLED',
        `${this.#checking.size} checks are running, the maximum is ${mostAtOnce}: try again in a moment`,
      );
    this.#checking.add(userId);
  }

  async #load(key: SeriesKey, range: { readonly from: number; readonly to: number }): Promise<{ readonly candles: Candles }> {
    try {
      return await this.#parts.candles.load(key, range, { shared: false });
    } catch (error) {
      if (!(error instanceof DomainError) || error.path) throw error;
      throw new DomainError(error.code, error.message, { path: ['input', 'from'], details: error.details, cause: error });
    }
  }
}

function checkedPeriod({ from, to, timeframe }: CheckLookAhead): { readonly from: number; readonly to: number } {
  if (from >= to)
    throw new DomainError('INVALID', `from ${from.toISOString()} must be before to ${to.toISOString()}`, {
      path: ['input', 'from'],
    });
  const length = Math.ceil((to.getTime() - from.getTime()) / timeframeMs(timeframe));
  if (length > mostCheckedCandles)
    throw new DomainError(
      'INVALID',
      `the period is ${length} candles of ${timeframeText(timeframe)} long, the maximum of a check is ${mostCheckedCandles}: choose a shorter one`,
      { path: ['input', 'from'], details: { limit: String(mostCheckedCandles) } },
    );
  return { from: from.getTime(), to: to.getTime() };
}

async function runAlone(input: LookAheadTaskInput, deadlineMs: number): Promise<LookAheadFindings> {
  const pool = new ThreadPool({ size: 1, memoryMb, columnsMb, deadlineMs });
  try {
    return await pool.run(task, input);
  } catch (error) {
    throw error instanceof TaskError ? forOwner(error) : error;
  } finally {
    await pool.close();
  }
}

/** What the strategy did is its owner's business; the rest is ours. */
function forOwner(error: TaskError): Error {
  if (error.failure !== 'THREW') return new DomainError('INVALID', `the check was stopped: ${error.message}`, { cause: error });
  const isStrategys = error.thrownName === 'ParameterError' || error.thrownName === 'PluginError';
  return isStrategys ? new DomainError('INVALID', error.message, { cause: error }) : error;
}
