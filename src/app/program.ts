import type { GraphQLSchema } from 'graphql';
import type { Config } from '../config.ts';
import type { HttpServer } from '../server/server.ts';
import type { BacktestService } from '../services/backtests/backtest-service.ts';
import type { BotService } from '../services/bots/bot-service.ts';
import type { WakeBus } from '../services/bus/wake-bus.ts';
import type { Database } from '../services/database/index.ts';
import type { EventHub } from '../services/events/hub.ts';
import type { EventLog } from '../services/events/log.ts';
import type { Exchanges } from '../services/exchanges/exchanges.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';
import type { StrategyService } from '../services/strategies/strategy-service.ts';
import type { RevocationWatch } from '../services/users/revocation-watch.ts';
import type { UserService } from '../services/users/user-service.ts';
import type { Alerts } from './alerts.ts';
import type { Backtests } from './backtests.ts';
import { type DemoAccount, furnishDemo } from './demo.ts';
import type { CandleFetches } from './fetches.ts';
import type { Logs } from './logs.ts';
import type { Recordings } from './recordings.ts';
import type { Retention } from './retention.ts';
import type { Trading } from './trading.ts';
import type { Users } from './users.ts';

interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly schema: GraphQLSchema;
  readonly server: HttpServer;
  readonly users: Users;
  readonly exchanges: Exchanges;
  readonly marketData: MarketDataService;
  readonly strategies: StrategyService;
  readonly backtests: Backtests;
  readonly fetches: CandleFetches;
  readonly recordings: Recordings;
  readonly trading: Trading;
  readonly revocationWatch: RevocationWatch;
  readonly bus: WakeBus;
  readonly events: EventLog;
  readonly hub: EventHub;
  readonly logs: Logs;
  readonly alerts: Alerts;
  readonly retention: Retention;
}

/** The program, put together. Commands use its services without starting it. */
export class App {
  readonly schema: GraphQLSchema;
  readonly database: Database;
  readonly users: UserService;
  readonly marketData: MarketDataService;
  readonly strategies: StrategyService;
  readonly backtests: BacktestService;
  readonly bots: BotService;
  readonly events: EventLog;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.schema = parts.schema;
    this.database = parts.database;
    this.users = parts.users.service;
    this.marketData = parts.marketData;
    this.strategies = parts.strategies;
    this.backtests = parts.backtests.service;
    this.bots = parts.trading.bots;
    this.events = parts.events;
  }

  /**
   * Starts everything that moves, and listens.
   * @returns where it listens, and the demo account when one was just made
   * @throws DomainError when the port cannot be had
   */
  async start(): Promise<{ url: string; port: number; demo: DemoAccount | undefined }> {
    const parts = this.#parts;
    const { config } = parts;
    // First the port: a second program on the same machine must not run the bots of the first.
    const listening = await parts.server.listen();
    await parts.marketData.start();
    parts.exchanges.start();
    parts.hub.start();
    // Only a database that several processes share can be changed behind this one's back.
    if (parts.database.dialect === 'postgresql') parts.revocationWatch.start();
    if (config.roles.has('worker')) {
      parts.retention.start();
      parts.logs.start();
      parts.alerts.retention.start();
      await parts.backtests.start();
      await parts.fetches.start();
      parts.marketData.retention.start();
      parts.recordings.start();
    }
    if (config.roles.has('runner')) {
      await parts.trading.start();
      await parts.alerts.watch.start();
    }
    const demo = config.roles.has('api') && config.demo === 'auto' && !config.production ? await furnishDemo(this) : undefined;
    return { ...listening, demo };
  }

  /** Stops in the opposite order; what runs goes on at the next start. Also ends an app that was never started. */
  async stop(deadlineMs: number): Promise<void> {
    const parts = this.#parts;
    parts.hub.close();
    parts.revocationWatch.stop();
    await parts.server.close(deadlineMs);
    await parts.retention.stop();
    await parts.alerts.watch.stop();
    await parts.alerts.retention.stop();
    await parts.trading.stop();
    await parts.fetches.stop();
    await parts.marketData.retention.stop();
    await parts.recordings.stop();
    await parts.backtests.stop();
    await parts.marketData.stop();
    await parts.logs.stop();
    await parts.exchanges.stop();
    await parts.bus.close();
    await parts.database.close();
  }
}
