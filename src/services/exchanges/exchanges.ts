import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { knownExchanges } from './catalogue.ts';
import { venueProfile } from './ccxt/venues.ts';
import { type ConnectedSource, type Connection, LazySource } from './lazy-source.ts';
import type { PaperAccount, PaperStore } from './paper/account.ts';
import { DatabasePaperStore } from './paper/database-store.ts';
import { PaperExchange, type PaperMarket } from './paper/paper-exchange.ts';
import type { MarketDataSource } from './port/market-data.ts';
import { DatabaseTimelineStore } from './sim/database-timeline.ts';
import { SimMarket } from './sim/sim-market.ts';
import { SimClock } from './sim/timeline.ts';

const renewEveryMs = 5_000;

/** Connects to the public market data of an exchange. @throws DomainError EXCHANGE_UNAVAILABLE */
export type OpenMarketData = (exchange: string, onTrouble: (error: unknown) => void) => Promise<ConnectedSource>;

export interface ExchangesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Simulated seconds per second of the simulated market, 1 to 3,600. */
  readonly simSpeed: number;
  /** How real exchanges are reached: through ccxt unless told. */
  readonly openMarketData?: OpenMarketData;
}

/** The exchanges that this program can reach: the simulated market, real ones for their market data, and paper accounts on any of them. */
export class Exchanges {
  private readonly sim: SimMarket;
  private readonly real: ReadonlyMap<string, LazySource>;
  private readonly simClock: SimClock;
  private readonly paperStore: PaperStore;
  private readonly logger: Logger;
  private renewal: NodeJS.Timeout | undefined;

  private constructor(simClock: SimClock, { database, logger, openMarketData = openWithCcxt }: ExchangesOptions) {
    this.simClock = simClock;
    this.sim = new SimMarket({ clock: simClock });
    this.real = new Map(
      knownExchanges.flatMap((exchange) => {
        const { name } = exchange;
        const beginsAt = venueProfile(name)?.beginsAt;
        if (beginsAt === undefined) return [];
        const onTrouble = (error: unknown): void => logger.debug({ err: error }, `trouble with ${name}`);
        return [[name, new LazySource({ exchange, beginsAt, open: () => openMarketData(name, onTrouble), logger })]];
      }),
    );
    this.paperStore = new DatabasePaperStore(database);
    this.logger = logger;
  }

  /** Connects to nothing: real exchanges are reached when somebody asks for them. */
  static async open(options: ExchangesOptions): Promise<Exchanges> {
    const { database, clock, simSpeed } = options;
    const simClock = await SimClock.open({ clock, store: new DatabaseTimelineStore(database), speed: simSpeed });
    return new Exchanges(simClock, options);
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

  /** Resolves when the connections are closed. */
  async stop(): Promise<void> {
    this.sim.stop();
    clearInterval(this.renewal);
    this.renewal = undefined;
    await Promise.all([...this.real.values()].map((source) => source.close()));
  }

  /** Sources whose markets are known without asking anybody. */
  get builtIn(): readonly MarketDataSource[] {
    return [this.sim];
  }

  /** Whether the live market data of an exchange is there now. */
  isConnected(name: string): boolean {
    return this.connection(name)?.status === 'CONNECTED';
  }

  /** Connects to a real exchange, if it is not connected yet. @throws DomainError NOT_FOUND, EXCHANGE_UNAVAILABLE */
  async ready(name: string): Promise<void> {
    this.source(name);
    await this.real.get(name)?.ready();
  }

  /** How it stands with an exchange; undefined for one whose market data this program does not have. */
  connection(name: string): Connection | undefined {
    if (name === this.sim.name) return { status: 'CONNECTED', reason: null, since: null };
    return this.real.get(name)?.connection;
  }

  /** The market data of an exchange; undefined when there is no such exchange. */
  findSource(name: string): MarketDataSource | undefined {
    return name === this.sim.name ? this.sim : this.real.get(name);
  }

  /** @throws DomainError NOT_FOUND when there is no such exchange */
  source(name: string): MarketDataSource {
    const source = this.findSource(name);
    if (!source) throw unknownExchange(name);
    return source;
  }

  /**
   * Opens a paper account, new or as it was left.
   * @param market what its orders are filled against: usually an exchange's shared candle stream
   * @param token of the lease of whoever trades with it: an older one has no say any more
   * @throws AccountLostError when it was opened under a newer token
   */
  openPaper(account: PaperAccount, market: PaperMarket, symbols: readonly string[], token: number): Promise<PaperExchange> {
    const onError = (error: unknown): void =>
      this.logger.error({ err: error, account: account.id }, 'paper account: an update was not processed');
    return PaperExchange.open({ account, market, store: this.paperStore, symbols, token, onError });
  }
}

/** The class of the exchange is loaded with the first connection: a program that never asks for it pays nothing. */
async function openWithCcxt(exchange: string, onTrouble: (error: unknown) => void): Promise<ConnectedSource> {
  const { CcxtMarketData } = await import('./ccxt/ccxt-market-data.ts');
  return CcxtMarketData.open({ exchange, onTrouble });
}

export function unknownExchange(name: string, path?: readonly string[]): DomainError {
  const names = knownExchanges.map((exchange) => exchange.name);
  return new DomainError('NOT_FOUND', `there is no exchange "${name.slice(0, 60)}"; there are ${names.join(', ')}`, {
    ...(path ? { path } : {}),
    details: { missingId: name.slice(0, 60) },
  });
}
