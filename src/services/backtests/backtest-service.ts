import { Backtest } from '../../entities/research/Backtest.ts';
import { BacktestTrade } from '../../entities/research/BacktestTrade.ts';
import { Exchange } from '../../entities/exchange/Exchange.ts';
import { User } from '../../entities/identity/User.ts';
import { Strategy } from '../../entities/trading/Strategy.ts';
import type { BoundStrategy } from '../../trading/strategy.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import { requireDecision } from '../../trading/warm-up.ts';
import type { Clock } from '../clock.ts';
import type { Count, Database, EntityManager, Page, PageArguments, RowFilter, RowOrder } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventLog } from '../events/log.ts';
import { checkedName, inputChecked } from '../input-checks.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import type { Viewer } from '../viewer.ts';
import { chosenMarkets, type ChosenMarkets, type MarketChoice, type MarketSource } from './chosen-markets.ts';
import { assertComplete, assertTotal, type CandleLoader, checkedCoverage, finestDetail, type TimeRange } from './coverage.ts';
import { QualityAction } from './data-quality.ts';
import { downsample, type EquityPoint, unpackEquity } from './equity-curve.ts';
import { changeStatus } from './job-rows.ts';
import { type MarketNotes, notesOf } from './market-notes.ts';
import { type EngineOptions, optionColumns, type OptionsInput, readDetail, readGate, readOptions } from './read-input.ts';
import {
  backtestFields,
  type BacktestNotes,
  type BacktestTradeView,
  type BacktestView,
  progressOf,
  tradeFields,
} from './views.ts';

export interface CreateBacktest extends MarketChoice {
  readonly strategyId: string;
  readonly timeframe: Timeframe;
  /** Open time of the first candle. */
  readonly from: Date;
  /** Candles open before this. */
  readonly to: Date;
  readonly name?: string | null | undefined;
  /** Overrides of the strategy's parameters. */
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
  /** The options of the engine and of the gate for candles, by name. */
  readonly options: OptionsInput;
  /** With the fill model DETAIL: the length of the candles that decide inside the others; of each market the finest there is when absent. */
  readonly detailTimeframe?: Timeframe | null | undefined;
}

/** Where strategies come from. */
export interface StrategySource {
  bind(
    viewer: Viewer,
    id: string,
    overrides: Readonly<Record<string, unknown>> | null | undefined,
  ): Promise<{
    readonly strategy: Pick<Strategy, 'id' | 'name' | 'kind' | 'definition' | 'status'>;
    readonly bound: BoundStrategy;
  }>;
}

/** Backtests that one person may have waiting and running at once. */
export const mostActive = 20;
/** Backtests that may wait and run at once, everybody's. */
const mostActiveOfAll = 500;

interface ServiceParts {
  readonly database: Database;
  readonly strategies: StrategySource;
  readonly markets: MarketSource;
  readonly candles: Pick<CandleLoader, 'coverage' | 'finest'>;
  readonly events: Pick<EventLog, 'append'>;
  readonly queue: JobQueue;
  readonly clock: Clock;
}

/** Backtests: checked and kept at once, run in the background, read from their rows. */
export class BacktestService {
  readonly #database: Database;
  readonly #strategies: StrategySource;
  readonly #markets: MarketSource;
  readonly #candles: Pick<CandleLoader, 'coverage' | 'finest'>;
  readonly #events: Pick<EventLog, 'append'>;
  readonly #queue: JobQueue;
  readonly #clock: Clock;

  constructor({ database, strategies, markets, candles, events, queue, clock }: ServiceParts) {
    this.#database = database;
    this.#strategies = strategies;
    this.#markets = markets;
    this.#candles = candles;
    this.#events = events;
    this.#queue = queue;
    this.#clock = clock;
  }

  /**
   * Checks everything, keeps the backtest as PENDING and queues it. What the stored candles lack is told at once.
   * @throws DomainError NOT_FOUND, INVALID with the path of the bad input; THROTTLED when too many wait already
   */
  async create(viewer: Viewer, input: CreateBacktest): Promise<BacktestView> {
    const name =
      input.name === null || input.name === undefined
        ? null
        : checkedName('the name of the backtest', input.name, ['input', 'name']);
    if (input.from >= input.to)
      throw new DomainError('INVALID', `from ${input.from.toISOString()} must be before to ${input.to.toISOString()}`, {
        path: ['input', 'from'],
      });
    const options = readOptions(input.options);
    const quality = readGate(input.options);
    const wanted = readDetail(options, input.timeframe, input.detailTimeframe);
    const { strategy, bound } = await this.#strategies.bind(viewer, input.strategyId, input.parameters);
    if (strategy.status !== 'ACTIVE')
      throw new DomainError('INVALID', `strategy "${strategy.name}" is archived: restore it first`, {
        path: ['input', 'strategyId'],
      });
    const chosen = await chosenMarkets(this.#markets, input);
    const range = { from: input.from.getTime(), to: input.to.getTime() };
    const gate = quality.qualityAction === QualityAction.REFUSE ? quality.qualityMissingPercent : null;
    const { notes, details } = await this.#lookAt(chosen, input.timeframe, range, { bound, options, gate, wanted });

    const id = await this.#database.transaction(async (em) => {
      await this.#assertRoom(em, viewer);
      const backtest = em.create(Backtest, {
        user: em.getReference(User, viewer.userId, { wrapped: true }),
        strategy: em.getReference(Strategy, strategy.id, { wrapped: true }),
        exchange: em.getReference(Exchange, chosen.exchangeId, { wrapped: true }),
        name,
        symbols: chosen.markets.map(({ symbol }) => symbol),
        timeframe: input.timeframe,
        startDate: input.from,
        endDate: input.to,
        ...optionColumns(options, { details, maxOpenPositions: chosen.maxOpenPositions, quality }),
        parameters: { ...bound.parameters },
        strategySnapshot: {
          name: strategy.name,
          kind: strategy.kind,
          definition: strategy.definition,
          parameters: bound.parameters,
        },
        notes: { ...notes },
      });
      await em.persist(backtest).flush();
      await this.#events.append(em, {
        userId: viewer.userId,
        type: 'JOB_PROGRESSED',
        subjects: { jobId: backtest.id },
        payload: progressOf(backtest),
      });
      return backtest.id;
    });
    const created = await this.get(viewer, id);
    // Should the queue be full, the row waits for the next sweep.
    await this.#queue.enqueue({ id, kind: 'backtest', userId: viewer.userId });
    return created;
  }

  /**
   * Stops a backtest, waiting or running; one that was canceled before stays as it is.
   * @throws DomainError NOT_FOUND, INVALID_TRANSITION when it has ended
   */
  async cancel(viewer: Viewer, id: string): Promise<BacktestView> {
    const now = this.#clock.now();
    const canceled = await changeStatus(this.#database, this.#events, id, {
      userId: viewer.userId,
      from: ['PENDING', 'RUNNING'],
      set: { status: 'CANCELED', finishedAt: now },
    });
    const backtest = await this.get(viewer, id);
    if (!canceled && backtest.status !== 'CANCELED')
      throw new DomainError('INVALID_TRANSITION', `the backtest is ${backtest.status} already, it cannot be canceled`, {
        path: ['input', 'id'],
        details: { from: backtest.status, to: 'CANCELED' },
      });
    await this.#queue.cancel(id);
    return backtest;
  }

  /** @throws DomainError NOT_FOUND when it is missing or somebody else's */
  async get(viewer: Viewer, id: string, path: readonly string[] = ['input', 'id']): Promise<BacktestView> {
    const found = (await this.byIds(viewer, [id])).get(id);
    if (!found) throw notFound('backtest', id, path);
    return found;
  }

  /** By id; those that are missing or somebody else's are left out. */
  async byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, BacktestView>> {
    return (await this.#database.rows(viewer.userId).byIds(Backtest, ids, backtestFields)) as Map<string, BacktestView>;
  }

  async page(
    viewer: Viewer,
    args: PageArguments,
    query: { where?: RowFilter<Backtest> | undefined; orderBy?: readonly RowOrder<Backtest>[] | undefined } = {},
  ): Promise<Page<BacktestView>> {
    const page = await this.#database.rows(viewer.userId).page(Backtest, { fields: backtestFields, ...query }, args);
    return page as unknown as Page<BacktestView>;
  }

  count(viewer: Viewer, where?: RowFilter<Backtest>): Promise<Count> {
    return this.#database.rows(viewer.userId).countUpTo(Backtest, where);
  }

  /** A page of the trades of each of many backtests, in order of exit. */
  tradePages(viewer: Viewer, ids: readonly string[], args: PageArguments): Promise<Map<string, Page<BacktestTradeView>>> {
    const query = { fields: tradeFields, orderBy: [{ field: 'ordinal' as const }], maximum: 1_000 };
    return this.#database.rows(viewer.userId).pageOfEach(BacktestTrade, 'backtestId', ids, query, args);
  }

  /** The equity curves of some backtests, each of at most `maxPoints` with every peak and trough; empty before the end. */
  async equityCurves(viewer: Viewer, ids: readonly string[], maxPoints: number): Promise<Map<string, readonly EquityPoint[]>> {
    if (!Number.isInteger(maxPoints) || maxPoints < 2 || maxPoints > mostPoints)
      throw new DomainError('LIMIT_EXCEEDED', `maxPoints is ${maxPoints}, it must be from 2 to ${mostPoints}`, {
        path: ['maxPoints'],
      });
    const rows = await this.#database.rows(viewer.userId).byIds(Backtest, ids, ['equityCurve', 'initialCapital']);
    return new Map(
      [...rows].map(([id, { equityCurve, initialCapital }]) => {
        const points = equityCurve ? unpackEquity(equityCurve, Number(initialCapital)) : [];
        return [id, downsample(points, maxPoints)];
      }),
    );
  }

  /** Names of exchanges by id. */
  async exchangeNames(ids: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.#database.systemRows().byIds(Exchange, ids, ['name']);
    return new Map([...rows].map(([id, { name }]) => [id, name]));
  }

  /** What the stored candles of each market lack, and how long the finer ones are. @throws DomainError with the path of what is wrong */
  async #lookAt(
    { exchange, markets }: ChosenMarkets,
    timeframe: Timeframe,
    range: TimeRange,
    asked: {
      readonly bound: BoundStrategy;
      readonly options: EngineOptions;
      readonly gate: number | null;
      readonly wanted: Timeframe | null | undefined;
    },
  ): Promise<{ readonly notes: BacktestNotes; readonly details: readonly (Timeframe | null)[] }> {
    const { bound, options, gate, wanted } = asked;
    const found: MarketNotes[] = [];
    const details: (Timeframe | null)[] = [];
    for (const { symbol, path } of markets) {
      const key = { exchange, symbol, timeframe };
      const coverage = await checkedCoverage(this.#candles, key, range, path);
      assertComplete(symbol, coverage, options.maxMissingPercent, 'maxMissingPercent');
      assertComplete(symbol, coverage, gate, 'qualityMissingPercent');
      const detail = wanted === undefined ? await finestDetail(this.#candles, key, range) : wanted;
      details.push(detail);
      if (detail) await checkedCoverage(this.#candles, { ...key, timeframe: detail }, range, ['input', 'detailTimeframe']);
      const { candles, gaps } = coverage;
      found.push({ symbol, candles, gaps: gaps.gaps, missingCandles: gaps.missing });
    }
    const longest = Math.max(...found.map(({ candles }) => candles));
    inputChecked(() => requireDecision(bound, longest, ['input', 'parameters']));
    const notes = notesOf(found);
    assertTotal(notes.candles);
    return { notes, details };
  }

  async #assertRoom(em: EntityManager, viewer: Viewer): Promise<void> {
    const active = { status: { in: ['PENDING', 'RUNNING'] as const } };
    const own = await this.#database.rows(viewer.userId, em).countUpTo(Backtest, active, mostActive);
    if (own.value >= mostActive)
      throw new DomainError(
        'THROTTLED',
        `${own.value} of your backtests wait or run, the maximum is ${mostActive}: wait for one, or cancel one`,
      );
    const all = await this.#database.systemRows(em).countUpTo(Backtest, active, mostActiveOfAll);
    if (all.value >= mostActiveOfAll)
      throw new DomainError(
        'THROTTLED',
        `${all.value} backtests wait or run on this server, the maximum is ${mostActiveOfAll}: try again later`,
      );
  }
}

/** Points of a curve that one request may ask for. */
const mostPoints = 5_000;
