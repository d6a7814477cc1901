import { hostname } from 'node:os';
import { Exchange } from '../../../entities/exchange/Exchange.ts';
import { Market } from '../../../entities/market/Market.ts';
import { Alert } from '../../../entities/operations/Alert.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/index.ts';
import { DomainError } from '../../errors.ts';
import { logLine } from '../../events/log-line.ts';
import type { EventLog } from '../../events/log.ts';
import { newId } from '../../ids.ts';
import type { Logger } from '../../logger.ts';
import { systemTimers, type Timers } from '../../timers.ts';
import type { AlertCondition, AlertState } from '../conditions.ts';
import { isOfMarket } from '../conditions.ts';
import { EventWatch } from './event-watch.ts';
import { WatchLease, WatchLostError } from './lease.ts';
import { MarketWatch, type WatchMarket } from './market-watch.ts';
import { AlertChangedError, Recorder, type WatchedAlert } from './recorder.ts';

export interface AlertWatchParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  /** The process's own when left out. */
  readonly timers?: Timers;
  readonly logger: Logger;
  /** The market data of an exchange; throws a DomainError where there is none. */
  readonly marketOf: (exchange: string) => WatchMarket;
  /** How long the right to look lasts unless renewed, in milliseconds: after a crash alerts rest so long. */
  readonly leaseMs?: number;
}

/** Between two looks at what alerts there are; those of this process are noticed at once. */
const everyMs = 2_000;
/** How often it is written down how far looking has come, at the least. */
const flushEveryMs = 60_000;
/** A market that could not be looked at is tried again. */
const retryMs = 30_000;
/** Looked at by one process. There would have to be more than a hundred people who have all the alerts that one may have. */
const mostAlertsInAll = 10_000;

/**
 * Looks at everybody's alerts, in one process of however many there are: it holds a lease, and when it dies another one goes on from what is
 * stored. Alerts on markets listen to candles, those on bots read the event log.
 */
export class AlertWatch {
  readonly #parts: AlertWatchParts;
  readonly #timers: Timers;
  readonly #lease: WatchLease;
  readonly #recorder: Recorder;
  readonly #versions = new Map<string, { readonly version: number; readonly userId: string }>();
  readonly #markets = new Map<string, MarketWatch>();
  readonly #events = new Map<string, EventWatch>();
  readonly #retryAt = new Map<string, number>();
  /** Alerts whose owners know that their market cannot be looked at. */
  readonly #told = new Set<string>();
  #work: Promise<void> | undefined;
  #again = false;
  #flushedAt = 0;
  #toldFull = false;
  #stopLooking: (() => void) | undefined;
  #isStopped = true;

  constructor(parts: AlertWatchParts) {
    const { database, clock, log } = parts;
    this.#parts = parts;
    this.#timers = parts.timers ?? systemTimers;
    this.#lease = new WatchLease(database, clock, `${hostname()}:${process.pid}:${newId()}`, parts.leaseMs ?? 10_000);
    this.#recorder = new Recorder(database, log, this.#lease);
  }

  /** Looks at alerts from now on. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.look();
    this.#stopLooking = this.#timers.every(everyMs, () => void this.look());
  }

  /** Writes down how far it has come and lets another process go on. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#stopLooking?.();
    this.#isStopped = true;
    await this.#work;
    await this.settled();
    await this.#flush().catch((error: unknown) => this.#parts.logger.warn({ err: error }, 'alerts begin earlier the next time'));
    await this.#dropAll();
    await this.#lease.release();
  }

  /** Something was committed to this person's log. Cheap, and never throws. */
  wake(userId: string): void {
    this.#events.get(userId)?.wake();
  }

  /** Somebody has changed alerts: they are looked at anew, at once. */
  poke(): void {
    if (!this.#isStopped) void this.look();
  }

  /** Resolves when everything received so far has been looked at. */
  async settled(): Promise<void> {
    for (const watch of [...this.#markets.values(), ...this.#events.values()]) await watch.settled();
  }

  /** Takes or extends the right to look, and looks for what alerts there are; by itself every two seconds. */
  look(): Promise<void> {
    this.#again = true;
    this.#work ??= this.#run().finally(() => (this.#work = undefined));
    return this.#work;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#isStopped) {
      this.#again = false;
      try {
        await this.#lookOnce();
      } catch (error) {
        this.#parts.logger.error({ err: error }, 'looking for alerts failed; it is tried again');
      }
    }
  }

  async #lookOnce(): Promise<void> {
    const found = await this.#parts.database.systemRows().list(Alert, {
      fields: ['id', 'version', 'userId'],
      where: { isActive: { eq: true } },
      orderBy: [{ field: 'id' }],
      limit: mostAlertsInAll,
    });
    if (found.length === mostAlertsInAll && !this.#toldFull)
      this.#parts.logger.error(
        `there are ${mostAlertsInAll} active alerts or more: only the ${mostAlertsInAll} oldest are looked at; delete or switch off some`,
      );
    this.#toldFull = found.length === mostAlertsInAll;
    // Where nobody has alerts nothing is written.
    if (found.length === 0 && this.#versions.size === 0) return;
    if (!(await this.#lease.hold())) {
      await this.#dropAll();
      return;
    }
    const wanted = new Map(found.map((row) => [row.id, row.version]));
    for (const [id, { version }] of this.#versions) if (wanted.get(id) !== version) await this.#drop(id);
    const now = this.#timers.elapsed();
    const fresh = found.filter(({ id }) => !this.#versions.has(id) && now >= (this.#retryAt.get(id) ?? 0)).map(({ id }) => id);
    if (fresh.length > 0) for (const alert of await this.#load(fresh)) this.#add(alert);
    await this.#readLogs();
    if (now - this.#flushedAt < flushEveryMs) return;
    this.#flushedAt = now;
    await this.#flush();
  }

  /** Wake-ups of other processes can get lost. */
  async #readLogs(): Promise<void> {
    if (this.#events.size === 0) return;
    const heads = await this.#parts.log.heads([...this.#events.keys()]);
    for (const [userId, watch] of this.#events) if ((heads.get(userId) ?? 0) > watch.position) watch.wake();
  }

  #add(alert: WatchedAlert): void {
    const { id, userId, version } = alert;
    this.#versions.set(id, { version, userId });
    if (alert.market) {
      const onFailed = (error: unknown): void => void this.#failed(alert, error);
      try {
        const watch = new MarketWatch({
          alert,
          market: this.#parts.marketOf(alert.market.exchange),
          recorder: this.#recorder,
          onFailed,
        });
        this.#markets.set(id, watch);
        watch.start();
      } catch (error) {
        onFailed(error);
      }
      return;
    }
    let watch = this.#events.get(userId);
    if (!watch) {
      const { log } = this.#parts;
      const onFailed = (error: unknown): void => this.#logFailed(userId, error);
      watch = new EventWatch({ userId, log, recorder: this.#recorder, onFailed });
      this.#events.set(userId, watch);
    }
    watch.add(alert);
  }

  async #drop(id: string): Promise<void> {
    const userId = this.#versions.get(id)?.userId ?? '';
    this.#versions.delete(id);
    this.#retryAt.delete(id);
    const market = this.#markets.get(id);
    this.#markets.delete(id);
    await market?.stop();
    const events = this.#events.get(userId);
    events?.remove(id);
    if (events?.size === 0) this.#events.delete(userId);
  }

  async #dropAll(): Promise<void> {
    for (const id of this.#versions.keys()) await this.#drop(id);
    this.#events.clear();
  }

  async #flush(): Promise<void> {
    for (const watch of this.#markets.values()) watch.flush();
    for (const watch of this.#events.values()) await watch.flush();
    await this.settled();
  }

  /** It begins anew from what is stored; its owner is told once, if that is about the market. */
  async #failed(alert: WatchedAlert, error: unknown): Promise<void> {
    const { logger, database, log, clock } = this.#parts;
    const { id, name, userId } = alert;
    this.#markets.delete(id);
    this.#versions.delete(id);
    if (error instanceof AlertChangedError || error instanceof WatchLostError) return;
    this.#retryAt.set(id, this.#timers.elapsed() + retryMs);
    logger.warn({ err: error, alert: id }, 'an alert could not be looked at; it is tried again');
    if (!(error instanceof DomainError) || this.#told.has(id)) return;
    this.#told.add(id);
    const line = logLine(
      userId,
      'WARN',
      `alert "${name}" cannot be looked at: ${error.message}; it is tried again`,
      {},
      clock.now(),
    );
    try {
      await database.transaction((em) => log.append(em, line));
    } catch (cause) {
      logger.error({ err: cause }, 'that an alert cannot be looked at could not be written down');
    }
  }

  #logFailed(userId: string, error: unknown): void {
    for (const [id, known] of this.#versions) if (known.userId === userId && !this.#markets.has(id)) this.#versions.delete(id);
    this.#events.delete(userId);
    if (!(error instanceof WatchLostError))
      this.#parts.logger.error({ err: error }, 'reading a log for alerts failed; it is tried again');
  }

  async #load(ids: readonly string[]): Promise<WatchedAlert[]> {
    const rows = this.#parts.database.systemRows();
    const alerts = [...(await rows.byIds(Alert, ids, fields)).values()].filter(({ isActive }) => isActive);
    const marketIds = alerts.flatMap(({ marketId }) => marketId ?? []);
    const markets = await rows.byIds(Market, [...new Set(marketIds)], ['id', 'exchangeId', 'symbol']);
    const exchangeIds = new Set([...markets.values()].map(({ exchangeId }) => exchangeId));
    const exchanges = await rows.byIds(Exchange, [...exchangeIds], ['id', 'name']);
    return alerts.map(({ marketId, condition, state, ...alert }): WatchedAlert => {
      const market = marketId === null ? undefined : markets.get(marketId);
      const exchange = market && exchanges.get(market.exchangeId);
      const isMarket = isOfMarket(condition as unknown as AlertCondition);
      return {
        ...alert,
        // Both were checked when they were written.
        condition: condition as unknown as AlertCondition,
        state: state as unknown as AlertState,
        market: isMarket && market && exchange ? { exchange: exchange.name, symbol: market.symbol } : null,
      };
    });
  }
}

const fields = [
  'id',
  'userId',
  'version',
  'name',
  'condition',
  'botId',
  'marketId',
  'cooldownSeconds',
  'hysteresis',
  'isActive',
  'state',
] as const;
