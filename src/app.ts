import type { GraphQLSchema } from 'graphql';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { connectProcesses } from './app/between-processes.ts';
import { databaseId } from './app/database-id.ts';
import { type DemoAccount, furnishDemo } from './app/demo.ts';
import { CandleFetches } from './app/fetches.ts';
import { jobStream, unfinishedJobs } from './app/jobs.ts';
import { Logs } from './app/logs.ts';
import { composeReconciliation } from './app/reconciliation.ts';
import { Recordings } from './app/recordings.ts';
import { Retention } from './app/retention.ts';
import { composeRisk } from './app/risk.ts';
import { Alerts } from './app/alerts.ts';
import { installationSecret } from './app/secret.ts';
import { liveAccountsOf, wakeBotsOf } from './app/live-trading.ts';
import { masterKeysOf } from './app/master-keys.ts';
import type { Config } from './config.ts';
import { apiKeyNodes, ApiKeyResolver } from './resolvers/api-keys/api-key-resolver.ts';
import { BotKeyField } from './resolvers/api-keys/bot-key.ts';
import { BotFields } from './resolvers/bots/bot-fields.ts';
import { BacktestFieldsResolver } from './resolvers/backtests/backtest-fields.ts';
import { backtestNodes, BacktestResolver } from './resolvers/backtests/backtest-resolver.ts';
import { candleFetchNodes, CandleFetchResolver } from './resolvers/candle-fetches/candle-fetch-resolver.ts';
import { BotResolver } from './resolvers/bots/bot-resolver.ts';
import { botNodes } from './resolvers/bots/nodes.ts';
import { CandleResolver } from './resolvers/market-data/candle-resolver.ts';
import { MarketDataResolver } from './resolvers/market-data/market-data-resolver.ts';
import { DailyBalanceResolver } from './resolvers/portfolio/daily-balance-resolver.ts';
import { RetentionResolver } from './resolvers/market-data/retention-resolver.ts';
import { QuoteResolver } from './resolvers/market-data/quote-resolver.ts';
import { MarketResolver } from './resolvers/market-data/market-resolver.ts';
import { marketDataNodes } from './resolvers/market-data/nodes.ts';
import { NodeResolver } from './resolvers/node.ts';
import { ClosedTradeFields, OrderFields, PositionFields, TradeFields } from './resolvers/orders/ledger-fields.ts';
import { LedgerResolver } from './resolvers/orders/ledger-resolver.ts';
import { ledgerNodes } from './resolvers/orders/nodes.ts';
import { createSchema } from './resolvers/schema.ts';
import { Snapshots } from './resolvers/streams/snapshots.ts';
import { LookAheadResolver } from './resolvers/strategies/look-ahead-resolver.ts';
import { strategyNodes, StrategyResolver } from './resolvers/strategies/strategy-resolver.ts';
import { StreamResolver } from './resolvers/streams/stream-resolver.ts';
import { userNodes } from './resolvers/users/nodes.ts';
import { UserResolver } from './resolvers/users/user-resolver.ts';
import { defaultLimits, type Limits } from './server/limits.ts';
import { createHttpServer, type HttpServer } from './server/server.ts';
import { ApiKeyService } from './services/api-keys/api-key-service.ts';
import type { LiveAccounts, OpenExchange } from './services/api-keys/live-accounts.ts';
import { BacktestService } from './services/backtests/backtest-service.ts';
import type { CandleLoader } from './services/backtests/coverage.ts';
import { BacktestWorker } from './services/backtests/backtest-worker.ts';
import { BotList } from './services/bots/bot-list.ts';
import { BotService } from './services/bots/bot-service.ts';
import { BotRequests } from './services/bots/bot-requests.ts';
import { BotSupervisor } from './services/bots/supervisor.ts';
import { type WakeBus, WakeKind } from './services/bus/wake-bus.ts';
import { type Clock, systemClock } from './services/clock.ts';
import { type Database, openDatabase } from './services/database/index.ts';
import { CursorCodec } from './services/events/cursor.ts';
import { EventHub } from './services/events/hub.ts';
import { EventLog } from './services/events/log.ts';
import { CcxtKeyProbe } from './services/exchanges/ccxt/permissions.ts';
import { Exchanges, type OpenMarketData } from './services/exchanges/exchanges.ts';
import type { KeyProbe } from './services/exchanges/key-probe.ts';
import type { JobQueue } from './services/jobs/job-queue.ts';
import { ThreadPool } from './services/jobs/thread-pool.ts';
import type { Logger } from './services/logger.ts';
import { MarketDataService } from './services/market-data/market-data-service.ts';
import { LogMailer } from './services/notifications/log-mailer.ts';
import type { Mailer } from './services/notifications/mailer.ts';
import { AccessTokens } from './services/security/access-tokens.ts';
import { deriveKey } from './services/security/keys.ts';
import { ledgerLists } from './services/orders/ledger-list.ts';
import { DailyBalances } from './services/portfolio/daily-balances.ts';
import { Passwords } from './services/security/passwords.ts';
import { Revocations } from './services/security/revocations.ts';
import { guessPolicy, requestPolicy, Throttle } from './services/security/throttle.ts';
import { Vault } from './services/security/vault.ts';
import { LookAheadService } from './services/strategies/look-ahead-service.ts';
import { loadPlugins, type Plugins } from './services/strategies/plugins/plugins.ts';
import { StrategyService } from './services/strategies/strategy-service.ts';
import { AccessTokenService } from './services/users/access-token-service.ts';
import { Authenticator } from './services/users/authenticator.ts';
import { Sessions } from './services/users/sessions.ts';
import { RevocationWatch } from './services/users/revocation-watch.ts';
import { UserService } from './services/users/user-service.ts';

export interface AppOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly mailer?: Mailer;
  readonly limits?: Partial<Limits>;
  /** Asks exchanges what keys may do. */
  readonly keyProbe?: KeyProbe;
  /** Connects LIVE bots to their accounts: through ccxt unless told. */
  readonly openExchange?: OpenExchange;
  /** Cheaper password hashes, for tests that make many accounts. */
  readonly passwords?: Passwords;
  /** How real exchanges are reached: through ccxt unless told. */
  readonly openMarketData?: OpenMarketData;
  /** The built page, where it is not in `dist`. */
  readonly graphiqlFolder?: string;
}

/** The built page; beside this file in `dist`, one folder up while developing. */
const graphiqlFolder = [join(import.meta.dirname, 'graphiql'), join(import.meta.dirname, '../dist/graphiql')].find((folder) =>
  existsSync(join(folder, 'index.html')),
);

/** One core stays free for the event loop. Waiting jobs are rows too, so the queue's bound only spares memory. */
const threads = Math.max(1, availableParallelism() - 1);
const jobLimits = { concurrency: threads, capacity: 1000 };
const threadLimits = { size: threads, memoryMb: 512, columnsMb: 2048, deadlineMs: 10 * 60_000 };

/**
 * The composition root: every object of the program is constructed here, once, in the order in which they need each other. Opens
 * and migrates the database; nothing moves and nothing listens before `start`.
 * @throws ConfigError, DatabaseProblem with one sentence
 */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { logger, clock = systemClock } = options;
  const secret = installationSecret(config.secret, config.dataFolder);
  const vault = new Vault(masterKeysOf(config.masterKeys, secret));
  const database = await openDatabase({ url: config.databaseUrl });
  try {
    const migrated = await database.migrate();
    if (migrated.applied.length > 0)
      logger.info({ backup: migrated.backup }, `database migrated: ${migrated.applied.join(', ')}`);
    return await compose(config, options, { secret, vault, database, logger, clock });
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function compose(
  config: Config,
  options: AppOptions,
  { secret, vault, database, logger, clock }: { secret: string; vault: Vault; database: Database; logger: Logger; clock: Clock },
): Promise<App> {
  const log = new EventLog(database, clock);
  const hub = new EventHub(log, new CursorCodec(deriveKey(secret, 'event cursor v1'), await databaseId(database)), clock, logger);
  const { bus, newQueue } = connectProcesses(config, { installation: await databaseId(database), logger });
  const queue = newQueue(jobLimits);
  log.onAppended((userId) => {
    hub.wake(userId);
    bus.publish(WakeKind.LOG, userId);
  });
  bus.onWake(WakeKind.LOG, (userId) => hub.wake(userId));
  const retention = new Retention(database, clock, logger, config.eventDays);

  const exchanges = await Exchanges.open({
    database,
    clock,
    logger,
    simSpeed: config.simSpeed,
    ...(options.openMarketData && { openMarketData: options.openMarketData }),
  });
  const marketData = new MarketDataService({
    database,
    exchanges,
    clock,
    logger,
    candleCacheBytes: config.candleCacheBytes,
  });

  const revocations = new Revocations();
  const accessTokens = new AccessTokens(secret, clock);
  const sessions = new Sessions(database, clock, accessTokens, revocations);
  const users = new UserService({
    database,
    clock,
    logger,
    mailer: options.mailer ?? new LogMailer(logger),
    passwords: options.passwords ?? new Passwords(),
    sessions,
    revocations,
    guesses: new Throttle(clock, guessPolicy),
    requests: new Throttle(clock, requestPolicy),
    signup: config.signup,
    production: config.production,
  });
  const tokens = new AccessTokenService(database, clock, revocations);
  const authenticator = new Authenticator(database, clock, accessTokens, revocations);

  const plugins = await loadPlugins(config.strategies.folder, config.strategies.required);
  tellPlugins(plugins, logger);
  const strategies = new StrategyService(database, plugins);
  const pool = new ThreadPool(threadLimits);
  const candles: CandleLoader = {
    coverage: (key, range) => marketData.rangeCoverage(key, range),
    finest: (key, range) => marketData.finestTimeframe(key, range),
    load: (key, range, how) => marketData.load(key, range, how),
  };
  const backtests = new BacktestService({ database, strategies, markets: marketData, candles, events: log, queue, clock });
  const backtestWorker = new BacktestWorker({
    database,
    candles,
    events: log,
    queue,
    pool,
    strategies,
    clock,
    logger,
    // Another process may have written a row that its queue has no room for, or no way to tell of.
    timing: database.dialect === 'postgresql' ? { sweepMs: 5_000 } : {},
  });
  const fetches = new CandleFetches({ database, marketData, events: log, clock, logger, newQueue });
  const recordings = new Recordings({ database, exchanges, marketData, clock, logger });
  const lookAhead = new LookAheadService({ strategies, markets: marketData, candles });

  const marketOf = (exchange: string): ReturnType<typeof marketData.feeds.marketOf> => marketData.feeds.marketOf(exchange);
  const liveAccounts = liveAccountsOf({ database, clock, logger, vault, openExchange: options.openExchange });
  const supervisor = new BotSupervisor({
    database,
    log,
    clock,
    logger,
    marketOf,
    openLive: (bot, exchange) => liveAccounts.open(bot, exchange),
    openPaper: (account, market, symbols, token) => exchanges.openPaper(account, market, symbols, token),
    idKey: deriveKey(secret, 'client order id v1'),
    plugins,
    mayMissNews: () => !bus.isConnected,
  });
  const runsBots = config.roles.has('runner');
  if (runsBots) bus.onWake(WakeKind.BOT, (botId) => supervisor.wake(botId));
  const runners = {
    wake: (botId: string): void => {
      if (runsBots) supervisor.wake(botId);
      bus.publish(WakeKind.BOT, botId);
    },
    wakeAll: (userId: string): void => supervisor.wakeAll(userId),
    serve: (botId: string): void => {
      supervisor.serve(botId);
      bus.publish(WakeKind.BOT, botId);
    },
  };
  const probe = options.keyProbe ?? new CcxtKeyProbe();
  const onRotated = (keyId: string): void =>
    void wakeBotsOf(database, keyId, (botId) => runners.wake(botId)).catch((error: unknown) =>
      logger.error({ err: error }, 'bots could not be told of new secrets; they find out by themselves'),
    );
  const apiKeys = new ApiKeyService({ database, clock, vault, probe, onRotated });
  const bots = new BotService({ database, log, clock, strategies, markets: marketData, marketOf, runners });
  const closer = new BotRequests({ database, clock, runners });
  const botList = new BotList(database);
  const ledger = ledgerLists(database);
  const reconciliation = composeReconciliation(database, {
    candles: (exchange, symbol, timeframe, from, to) => marketData.loadCandles(exchange, symbol, timeframe, from, to),
    marketOf,
    plugins,
  });
  const logs = new Logs({
    database,
    log,
    clock,
    logger,
    days: config.logDays,
    botList,
    marketData,
    runsHere: (botId) => supervisor.find(botId) !== undefined,
  });
  const alerts = new Alerts({ database, log, clock, logger, days: config.eventDays, botList, marketData });
  log.onAppended((userId) => alerts.watch.wake(userId));
  bus.onWake(WakeKind.LOG, (userId) => alerts.watch.wake(userId));
  const risk = composeRisk({ database, log, clock, runners, botList, marketData, strategies });

  const schema = createSchema([
    new UserResolver(users, tokens),
    new ApiKeyResolver(apiKeys, marketData),
    new MarketDataResolver(marketData),
    new MarketResolver(marketData),
    new CandleResolver(marketData),
    new RetentionResolver(marketData.retention),
    new QuoteResolver(marketData.quotes, marketData),
    ...recordings.resolvers,
    new StrategyResolver(strategies),
    new LookAheadResolver(lookAhead),
    new BacktestResolver(backtests),
    new BacktestFieldsResolver(backtests, strategies, marketData),
    new CandleFetchResolver(fetches.service, marketData),
    jobStream(backtests, fetches.service, hub),
    new BotResolver(bots, botList, closer, ledger),
    new BotKeyField(apiKeys),
    new BotFields(ledger, marketData, strategies),
    ...risk.resolvers,
    ...alerts.resolvers,
    ...reconciliation.resolvers,
    new DailyBalanceResolver(new DailyBalances(database)),
    new LedgerResolver(ledger),
    new OrderFields(ledger, botList, marketData),
    new TradeFields(ledger, botList),
    new PositionFields(ledger, botList),
    new ClosedTradeFields(botList),
    logs.resolver,
    new StreamResolver(
      hub,
      new Snapshots(botList, ledger, logs.book, alerts.service, unfinishedJobs(backtests, fetches.service)),
    ),
    new NodeResolver(
      new Map([
        ...userNodes(users, tokens),
        ...apiKeyNodes(apiKeys),
        ...marketDataNodes(marketData),
        ...strategyNodes(strategies),
        ...backtestNodes(backtests),
        ...candleFetchNodes(fetches.service),
        ...botNodes(botList),
        ...risk.nodes,
        ...alerts.nodes,
        ...reconciliation.nodes,
        ...ledgerNodes(ledger),
        ...logs.nodes,
      ]),
    ),
  ]);

  const server = await createHttpServer({
    schema,
    answersClients: config.roles.has('api'),
    host: config.host,
    port: config.port,
    limits: { ...defaultLimits, ...options.limits },
    logger,
    clock,
    authenticate: (token) => authenticator.authenticate(token),
    eventCursor: (viewer) => hub.cursor(viewer.userId),
    onRevoked: (listener) => revocations.onRevoked(listener),
    ready: async () => void (await database.system().execute('select 1')),
    load: () => ({
      ...hub.load,
      botsRunning: supervisor.runners.length,
      jobsWaiting: queue.load.waiting,
      jobsRunning: queue.load.running,
    }),
    onDelivered: (listener) => hub.onDelivered(listener),
    metricsToken: config.metricsToken,
    production: config.production,
    origins: config.origins,
    introspection: config.graphiql,
    graphiqlFolder: config.graphiql ? (options.graphiqlFolder ?? graphiqlFolder ?? null) : null,
  });
  const revocationWatch = new RevocationWatch({ database, revocations, viewers: server.viewers, logger });
  return new App({
    config,
    database,
    schema,
    server,
    users,
    exchanges,
    marketData,
    strategies,
    backtests,
    backtestWorker,
    fetches,
    recordings,
    bots,
    supervisor,
    liveAccounts,
    revocationWatch,
    queue,
    bus,
    pool,
    events: log,
    hub,
    logs,
    alerts,
    retention,
  });
}

/** A plugin that cannot be loaded stops nothing; whoever put it there finds it in the log. */
function tellPlugins({ folder, loaded, problems }: Plugins, logger: Logger): void {
  for (const { file, definition, sha256 } of loaded)
    logger.info({ file, sha256 }, `strategy plugin "${definition.name}" loaded from ${folder}`);
  for (const { file, reason } of problems) logger.warn({ file }, reason);
}

interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly schema: GraphQLSchema;
  readonly server: HttpServer;
  readonly users: UserService;
  readonly exchanges: Exchanges;
  readonly marketData: MarketDataService;
  readonly strategies: StrategyService;
  readonly backtests: BacktestService;
  readonly backtestWorker: BacktestWorker;
  readonly fetches: CandleFetches;
  readonly recordings: Recordings;
  readonly bots: BotService;
  readonly supervisor: BotSupervisor;
  readonly liveAccounts: LiveAccounts;
  readonly revocationWatch: RevocationWatch;
  readonly queue: JobQueue;
  readonly bus: WakeBus;
  readonly pool: ThreadPool;
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
    this.users = parts.users;
    this.marketData = parts.marketData;
    this.strategies = parts.strategies;
    this.backtests = parts.backtests;
    this.bots = parts.bots;
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
      await parts.backtestWorker.start();
      await parts.fetches.start();
      parts.marketData.retention.start();
      parts.recordings.start();
    }
    if (config.roles.has('runner')) {
      parts.liveAccounts.start();
      await parts.supervisor.start();
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
    await parts.supervisor.stop();
    parts.liveAccounts.stop();
    parts.backtestWorker.stop();
    await parts.fetches.stop();
    await parts.marketData.retention.stop();
    await parts.recordings.stop();
    await parts.queue.close();
    await parts.pool.close();
    await parts.marketData.stop();
    await parts.logs.stop();
    await parts.exchanges.stop();
    await parts.bus.close();
    await parts.database.close();
  }
}
