import { User } from '../../../src/entities/identity/User.ts';
import { ApiKeyService } from '../../../src/services/api-keys/api-key-service.ts';
import { CredentialLeases } from '../../../src/services/api-keys/credential-leases.ts';
import { LiveAccounts } from '../../../src/services/api-keys/live-accounts.ts';
import type { CreateBot } from '../../../src/services/bots/bot-input.ts';
import { BotService } from '../../../src/services/bots/bot-service.ts';
import { BotSupervisor } from '../../../src/services/bots/supervisor.ts';
import { systemClock } from '../../../src/services/clock.ts';
import { type Database, openDatabase } from '../../../src/services/database/index.ts';
import { LeaseOwner } from '../../../src/services/database/lease-owner.ts';
import { EventLog } from '../../../src/services/events/log.ts';
import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import { CcxtKeyProbe } from '../../../src/services/exchanges/ccxt/permissions.ts';
import { newId } from '../../../src/services/ids.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { MarketCatalogue } from '../../../src/services/market-data/catalogue.ts';
import { MasterKeys } from '../../../src/services/security/master-keys.ts';
import { Vault } from '../../../src/services/security/vault.ts';
import { StrategyService } from '../../../src/services/strategies/strategy-service.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { decimal } from '../../../src/trading/money.ts';
import type { Pinned } from '../../support/venue/pin.ts';
import type { Venue } from '../../support/venue/venue.ts';

/** Long enough that a process which is only slow keeps its leases, short enough that it soon looks whether it does. */
const leaseMs = 6_000;

export interface LiveProcessOptions {
  /** See `CcxtExchangeOptions`. */
  readonly deadlineMs?: number;
  /** Where others see whether it lives, and its leases last longer than any test. */
  readonly isShown?: boolean;
}

/** One process of the product that trades on the local venue: its own database connection, market data, accounts and runners. */
export class LiveProcess {
  readonly database: Database;
  readonly supervisor: BotSupervisor;
  readonly bots: BotService;
  readonly keys: ApiKeyService;
  readonly strategies: StrategyService;
  private readonly source: CcxtMarketData;
  private readonly accounts: LiveAccounts;
  private readonly opened: { close(): Promise<void> }[] = [];

  private constructor(database: Database, source: CcxtMarketData, pinned: Pinned, options: LiveProcessOptions) {
    const { deadlineMs, isShown = false } = options;
    const presence = isShown ? database.presence() : undefined;
    const lastingMs = isShown ? 3_600_000 : leaseMs;
    const logger = createLogger({ level: process.env['WORLD_LOG'] ?? 'silent', pretty: false });
    const clock = systemClock;
    const vault = new Vault(MasterKeys.of('the secret of the installation, as it is'));
    const log = new EventLog(database, clock);
    const marketOf = (): CcxtMarketData => source;
    this.database = database;
    this.source = source;
    this.strategies = new StrategyService(database);
    this.accounts = new LiveAccounts({
      database,
      clock,
      vault,
      leases: new CredentialLeases(database, clock, new LeaseOwner(presence), lastingMs),
      openExchange: async (exchange, credentials) => {
        const account = await CcxtExchange.open({
          exchange,
          ...credentials,
          ...(deadlineMs !== undefined && { deadlineMs }),
          prepare: pinned.prepare,
        });
        this.opened.push(account);
        return account;
      },
      onTrouble: () => undefined,
    });
    this.supervisor = new BotSupervisor({
      database,
      log,
      clock,
      logger,
      marketOf,
      openPaper: () => Promise.reject(new Error('there is no paper bot here')),
      openLive: (bot, exchange, cut) => this.accounts.open(bot, exchange, cut),
      idKey: new Uint8Array(32).fill(2),
      presence,
      leaseMs: lastingMs,
      lookUpEveryMs: 50,
    });
    this.keys = new ApiKeyService({
      database,
      clock,
      vault,
      probe: new CcxtKeyProbe({ prepare: pinned.prepare }),
      onRotated: () => this.supervisor.runners.forEach((runner) => runner.poke()),
    });
    const markets = new MarketCatalogue(database);
    this.bots = new BotService({
      database,
      log,
      clock,
      strategies: this.strategies,
      markets,
      marketOf,
      runners: this.supervisor,
    });
  }

  static async start(databaseUrl: string, pinned: Pinned, options: LiveProcessOptions = {}): Promise<LiveProcess> {
    const database = await openDatabase({ url: databaseUrl });
    const source = await CcxtMarketData.open({ exchange: 'binance', prepare: pinned.prepare });
    const process = new LiveProcess(database, source, pinned, options);
    await new MarketCatalogue(database).seed([source]);
    process.accounts.start();
    await process.supervisor.start();
    return process;
  }

  async newViewer(): Promise<Viewer> {
    const id = await this.database.transaction(async (em) => {
      const user = em.create(User, { email: `${newId()}@example.com`, passwordHash: 'x' });
      await em.persist(user).flush();
      return user.id;
    });
    return { userId: id, role: 'TRADER', scopes: ['READ', 'TRADE'] };
  }

  async newKey(viewer: Viewer, { apiKey, secret }: Venue, permission: 'TRADE' | 'READ_ONLY' = 'TRADE'): Promise<string> {
    const key = await this.keys.create(viewer, { exchange: 'binance', label: newId(), permission, apiKey, secret });
    return key.id;
  }

  /** A bot that buys when the price begins to rise, with a stop a percent below. */
  async newBot(
    viewer: Viewer,
    changes: Partial<Pick<CreateBot, 'mode' | 'apiKeyId' | 'strategyId' | 'autoTransferFunds' | 'transferAmount'>> = {},
  ): Promise<string> {
    const strategy = await this.strategies.create(viewer, {
      name: `cross ${newId()}`,
      kind: 'BUILT_IN',
      builtIn: 'ema-rsi',
      parameters: { emaFast: 2, emaSlow: 4, rsiPeriod: 2, rsiOverbought: 100, rsiOversold: 0, rsiExit: null },
    });
    const bot = await this.bots.create(viewer, {
      name: `bot ${newId()}`,
      strategyId: strategy.id,
      market: { exchange: 'binance', symbol: 'BTC/USDT' },
      timeframe: 'M1',
      mode: 'LIVE',
      risk: { initialCapital: decimal(5_000), stopLossPercent: decimal(1) },
      ...changes,
    });
    return bot.id;
  }

  /** Ends it as a power cut would: nothing more is written, nothing is given back. */
  async die(): Promise<void> {
    // A pool that is closed would open again for whoever was in the middle of something.
    Object.assign(this.database, { transaction: () => Promise.reject(new Error('the process is dead')) });
    await this.database.close();
    await this.closeConnections();
  }

  async stop(): Promise<void> {
    await this.supervisor.stop();
    await this.die();
  }

  private async closeConnections(): Promise<void> {
    this.accounts.stop();
    await this.source.close();
    // Closing an account gives its key back, which a dead process cannot do.
    for (const account of this.opened.splice(0)) await account.close().catch(() => undefined);
    await this.supervisor.stop().catch(() => undefined);
  }
}
