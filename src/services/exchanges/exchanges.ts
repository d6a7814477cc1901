import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { knownExchanges } from './catalogue.ts';
import type { PaperAccount, PaperStore } from './paper/account.ts';
import { DatabasePaperStore } from './paper/database-store.ts';
import { PaperExchange, type PaperMarket } from './paper/paper-exchange.ts';
import type { CandleSource } from './port.ts';
import { DatabaseTimelineStore } from './sim/database-timeline.ts';
import { SimMarket } from './sim/sim-market.ts';
import { SimClock } from './sim/timeline.ts';

const renewEveryMs = 5_000;

/** The exchanges that this program can reach: today the simulated market, and paper accounts on whatever has live candles. */
export class Exchanges {
  private readonly sources: ReadonlyMap<string, CandleSource>;
  private readonly sim: SimMarket;
  private readonly simClock: SimClock;
  private readonly paperStore: PaperStore;
  private readonly logger: Logger;
  private renewal: NodeJS.Timeout | undefined;

  private constructor(simClock: SimClock, database: Database, logger: Logger) {
    this.simClock = simClock;
    this.sim = new SimMarket({ clock: simClock });
    this.sources = new Map<string, CandleSource>([[this.sim.name, this.sim]]);
    this.paperStore = new DatabasePaperStore(database);
    this.logger = logger;
  }

  /** @param options.simSpeed simulated seconds per second of the simulated market, 1 to 3,600 */
  static async open(options: { database: Database; clock: Clock; logger: Logger; simSpeed: number }): Promise<Exchanges> {
    const { database, clock, logger, simSpeed } = options;
    const simClock = await SimClock.open({ clock, store: new DatabaseTimelineStore(database), speed: simSpeed });
    return new Exchanges(simClock, database, logger);
  }

  /** Lets the simulated market run. Without it history can be asked for, but nothing moves. */
  start(): void {
    this.sim.start();
    this.renewal ??= setInterval(() => {
      this.simClock.renew().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'the simulated market stands still: its time could not be saved');
      });
    }, renewEveryMs).unref();
  }

  stop(): void {
    this.sim.stop();
    clearInterval(this.renewal);
    this.renewal = undefined;
  }

  /** Exchanges with live and past candles. */
  get withCandles(): readonly CandleSource[] {
    return [...this.sources.values()];
  }

  /** The market data of an exchange; undefined when the program has no connection to it. */
  findSource(name: string): CandleSource | undefined {
    return this.sources.get(name);
  }

  /** @throws DomainError EXCHANGE_UNAVAILABLE for an exchange that the program knows but cannot reach, NOT_FOUND for others */
  source(name: string): CandleSource {
    const source = this.sources.get(name);
    if (source) return source;
    const known = knownExchanges.find((exchange) => exchange.name === name);
    if (!known) throw unknownExchange(name);
    throw new DomainError(
      'EXCHANGE_UNAVAILABLE',
      `${known.displayName} has no live connection in this version: import its candles from a CSV file, or use ${[...this.sources.keys()].join(', ')}`,
    );
  }

  /**
   * Opens a paper account, new or as it was left.
   * @param market what its orders are filled against: usually an exchange's shared candle stream
   */
  openPaper(account: PaperAccount, market: PaperMarket, symbols: readonly string[]): Promise<PaperExchange> {
    const onError = (error: unknown): void =>
      this.logger.error({ err: error, account: account.id }, 'paper account: an update was not processed');
    return PaperExchange.open({ account, market, store: this.paperStore, symbols, onError });
  }
}

export function unknownExchange(name: string): DomainError {
  const names = knownExchanges.map((exchange) => exchange.name);
  return new DomainError('NOT_FOUND', `there is no exchange "${name.slice(0, 60)}"; there are ${names.join(', ')}`, {
    details: { missingId: name.slice(0, 60) },
  });
}
