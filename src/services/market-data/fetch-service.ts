import { CandleFetch } from '../../entities/market/CandleFetch.ts';
import { Exchange } from '../../entities/exchange/Exchange.ts';
import { User } from '../../entities/identity/User.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import type { Clock } from '../clock.ts';
import type { Count, Database, EntityManager, Page, PageArguments } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventLog } from '../events/log.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import type { Viewer } from '../viewer.ts';
import type { MarketReference } from './catalogue.ts';
import { changeFetch, type CandleFetchView, fetchFields, tellFetch } from './fetch-rows.ts';
import type { MarketDataService } from './market-data-service.ts';

/** Fetches that one person may have waiting and running at once. */
export const mostActiveFetches = 20;

export interface FetchCandles {
  readonly market: MarketReference;
  readonly timeframe: Timeframe;
  /** Open time of the first candle. */
  readonly from: Date;
  /** Candles open before this; now when absent. */
  readonly to?: Date | null | undefined;
  readonly refetch: boolean;
}

interface Parts {
  readonly database: Database;
  readonly marketData: Pick<MarketDataService, 'market' | 'fetchableRange'>;
  readonly events: Pick<EventLog, 'append'>;
  readonly queue: JobQueue;
  readonly clock: Clock;
}

/** Past candles that people ask to be brought from exchanges: checked and kept at once, fetched in the background. */
export class CandleFetchService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Keeps the wish as PENDING and queues it.
   * @throws DomainError NOT_FOUND, EXCHANGE_UNAVAILABLE, INVALID with the path of the bad input; THROTTLED when too many wait already
   */
  async create(viewer: Viewer, input: FetchCandles): Promise<CandleFetchView> {
    const { database, marketData, events, queue } = this.#parts;
    const { timeframe, refetch } = input;
    if (input.to && input.from >= input.to)
      throw new DomainError('INVALID', `from ${input.from.toISOString()} must be before to ${input.to.toISOString()}`, {
        path: ['input', 'from'],
      });
    const market = await marketData.market(input.market, ['input', 'market']);
    const { exchange, symbol } = market;
    const wanted = { from: input.from.getTime(), ...(input.to && { to: input.to.getTime() }) };
    const range = await marketData.fetchableRange({ exchange, symbol, timeframe }, wanted, ['input', 'from']);
    const id = await database.transaction(async (em) => {
      await this.#assertRoom(em, viewer);
      const row = em.create(CandleFetch, {
        user: em.getReference(User, viewer.userId, { wrapped: true }),
        exchange: em.getReference(Exchange, market.exchangeId, { wrapped: true }),
        symbol,
        timeframe,
        startDate: new Date(range.from),
        endDate: new Date(range.to),
        refetch,
      });
      await em.persist(row).flush();
      await tellFetch(database, events, em, row.id);
      return row.id;
    });
    const created = await this.get(viewer, id);
    // Should the queue be full, the row waits for the next sweep.
    await queue.enqueue({ id, kind: 'candle fetch', userId: viewer.userId });
    return created;
  }

  /**
   * Stops a fetch, waiting or running; what it has stored stays. One that was canceled before stays as it is.
   * @throws DomainError NOT_FOUND, INVALID_TRANSITION when it has ended
   */
  async cancel(viewer: Viewer, id: string): Promise<CandleFetchView> {
    const { database, events, queue, clock } = this.#parts;
    const canceled = await changeFetch(database, events, id, {
      userId: viewer.userId,
      from: ['PENDING', 'RUNNING'],
      set: { status: 'CANCELED', finishedAt: clock.now() },
    });
    const fetch = await this.get(viewer, id);
    if (!canceled && fetch.status !== 'CANCELED')
      throw new DomainError('INVALID_TRANSITION', `the fetch is ${fetch.status} already, it cannot be canceled`, {
        path: ['input', 'id'],
        details: { from: fetch.status, to: 'CANCELED' },
      });
    await queue.cancel(id);
    return fetch;
  }

  /** @throws DomainError NOT_FOUND when it is missing or somebody else's */
  async get(viewer: Viewer, id: string, path: readonly string[] = ['input', 'id']): Promise<CandleFetchView> {
    const found = (await this.byIds(viewer, [id])).get(id);
    if (!found) throw notFound('candle fetch', id, path);
    return found;
  }

  /** By id; those that are missing or somebody else's are left out. */
  byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, CandleFetchView>> {
    return this.#parts.database.rows(viewer.userId).byIds(CandleFetch, ids, fetchFields);
  }

  /** A page of somebody's fetches, the newest first. */
  page(viewer: Viewer, args: PageArguments): Promise<Page<CandleFetchView>> {
    const orderBy = [{ field: 'createdAt', direction: 'DESC' }] as const;
    return this.#parts.database.rows(viewer.userId).page(CandleFetch, { fields: fetchFields, orderBy }, args);
  }

  /** Those that have not ended, the oldest first. */
  unfinished(viewer: Viewer): Promise<CandleFetchView[]> {
    const where = { status: { in: ['PENDING', 'RUNNING'] as const } };
    const orderBy = [{ field: 'createdAt' }] as const;
    return this.#parts.database
      .rows(viewer.userId)
      .list(CandleFetch, { fields: fetchFields, where, orderBy, limit: mostActiveFetches });
  }

  count(viewer: Viewer): Promise<Count> {
    return this.#parts.database.rows(viewer.userId).countUpTo(CandleFetch);
  }

  async #assertRoom(em: EntityManager, viewer: Viewer): Promise<void> {
    const active = { status: { in: ['PENDING', 'RUNNING'] as const } };
    const own = await this.#parts.database.rows(viewer.userId, em).countUpTo(CandleFetch, active, mostActiveFetches);
    if (own.value >= mostActiveFetches)
      throw new DomainError(
        'THROTTLED',
        `${own.value} of your fetches wait or run, the maximum is ${mostActiveFetches}: wait for one, or cancel one`,
      );
  }
}
