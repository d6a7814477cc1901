import { User } from '../../../src/entities/identity/User.ts';
import { BotService } from '../../../src/services/bots/bot-service.ts';
import type { CreateBot } from '../../../src/services/bots/bot-input.ts';
import { BotRequests } from '../../../src/services/bots/bot-requests.ts';
import { BotSupervisor, type SupervisorOptions } from '../../../src/services/bots/supervisor.ts';
import type { Clock } from '../../../src/services/clock.ts';
import type { Database } from '../../../src/services/database/index.ts';
import { CursorCodec } from '../../../src/services/events/cursor.ts';
import { EventHub } from '../../../src/services/events/hub.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import type { LoggedEvent } from '../../../src/services/events/event.ts';
import { DatabasePaperStore } from '../../../src/services/exchanges/paper/database-store.ts';
import { PaperExchange } from '../../../src/services/exchanges/paper/paper-exchange.ts';
import { SimMarket } from '../../../src/services/exchanges/sim/sim-market.ts';
import { newId } from '../../../src/services/ids.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { MarketCatalogue } from '../../../src/services/market-data/catalogue.ts';
import { ledgerLists, type LedgerLists } from '../../../src/services/orders/ledger-list.ts';
import { StrategyService } from '../../../src/services/strategies/strategy-service.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';

export const minute = 60_000;
/** A moment at which the simulated market has years of history. */
export const worldStart = Date.UTC(2026, 0, 5, 12);

/** One process of the product on a given database, with a clock that only tests move: the real market, paper accounts and runners. */
export class World {
  /** Of the market and, in these tests, of everything else. */
  now: number;
  readonly clock: Clock = { now: () => new Date(this.now) };
  readonly sim: SimMarket;
  readonly log: EventLog;
  readonly hub: EventHub;
  readonly supervisor: BotSupervisor;
  readonly bots: BotService;
  readonly closer: BotRequests;
  readonly strategies: StrategyService;
  readonly lists: LedgerLists;
  readonly database: Database;

  constructor(database: Database, now = worldStart, overrides: Partial<SupervisorOptions> = {}) {
    this.database = database;
    this.now = now;
    const logger = createLogger({ level: process.env['WORLD_LOG'] ?? 'silent', pretty: false });
    this.sim = new SimMarket({ clock: { now: () => this.now }, seed: 7 });
    const store = new DatabasePaperStore(database);
    this.log = new EventLog(database, this.clock);
    this.hub = new EventHub(this.log, new CursorCodec(new Uint8Array(32).fill(1), 'test'), this.clock, logger);
    this.log.onAppended((userId) => this.hub.wake(userId));
    this.strategies = new StrategyService(database);
    const catalogue = new MarketCatalogue(database);
    const marketOf = (exchange: string): SimMarket => {
      if (exchange === 'sim') return this.sim;
      throw new Error(`no market data of ${exchange}`);
    };
    this.supervisor = new BotSupervisor({
      database,
      log: this.log,
      clock: this.clock,
      logger,
      marketOf,
      openPaper: (account, market, symbols, token) => PaperExchange.open({ account, market, store, symbols, token }),
      idKey: new Uint8Array(32).fill(2),
      leaseMs: 3_600_000,
      ...overrides,
    });
    this.bots = new BotService({
      database,
      log: this.log,
      clock: this.clock,
      strategies: this.strategies,
      markets: catalogue,
      marketOf,
      runners: this.supervisor,
    });
    this.closer = new BotRequests({ database, clock: this.clock, runners: this.supervisor });
    this.lists = ledgerLists(database);
  }

  /** Enters the markets. */
  async seed(): Promise<this> {
    await new MarketCatalogue(this.database).seed([this.sim]);
    return this;
  }

  async newViewer(): Promise<Viewer> {
    const id = await this.database.transaction(async (em) => {
      const user = em.create(User, { email: `${newId()}@example.com`, passwordHash: 'x' });
      await em.persist(user).flush();
      return user.id;
    });
    return { userId: id, role: 'TRADER', scopes: ['READ', 'TRADE'] };
  }

  /** A bot that trades often: a fast EMA cross on minutes. */
  async newBot(viewer: Viewer, changes: Partial<CreateBot> = {}): Promise<string> {
    const strategy = await this.strategies.create(viewer, {
      name: `cross ${newId()}`,
      kind: 'BUILT_IN',
      builtIn: 'ema-rsi',
      parameters: { emaFast: 2, emaSlow: 4, rsiPeriod: 5, rsiOverbought: 95, rsiExit: 98 },
    });
    const bot = await this.bots.create(viewer, {
      name: `bot ${newId()}`,
      strategyId: strategy.id,
      market: { exchange: 'sim', symbol: 'BTC/USDT' },
      timeframe: 'M1',
      mode: 'PAPER',
      risk: { initialCapital: decimal(10_000), stopLossPercent: decimal('0.4'), takeProfitPercent: decimal('0.8') },
      ...changes,
    });
    return bot.id;
  }

  /** Lets time pass, in steps of the given length, and everything that follows from each happen. */
  async pass(ms: number, step = 20_000): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      this.now += Math.min(step, ms - passed);
      this.sim.advance();
      await this.settled();
    }
  }

  async settled(): Promise<void> {
    await this.supervisor.settled();
    for (const runner of this.supervisor.runners) await runner.settled();
    await this.supervisor.settled();
  }

  async events(viewer: Viewer): Promise<readonly LoggedEvent[]> {
    return this.log.read(viewer.userId, 0, 10_000);
  }
}
