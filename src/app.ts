// The decorators of every resolver need it before they are loaded.
import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Alerts } from './app/alerts.ts';
import { Backtests } from './app/backtests.ts';
import { connectProcesses } from './app/between-processes.ts';
import { databaseId } from './app/database-id.ts';
import { CandleFetches } from './app/fetches.ts';
import { jobStream, unfinishedJobs } from './app/jobs.ts';
import { Logs } from './app/logs.ts';
import { masterKeysOf } from './app/master-keys.ts';
import { App } from './app/program.ts';
import { composeReconciliation } from './app/reconciliation.ts';
import { Recordings } from './app/recordings.ts';
import { Retention } from './app/retention.ts';
import { composeRisk } from './app/risk.ts';
import { installationSecret } from './app/secret.ts';
import { Trading } from './app/trading.ts';
import { Users } from './app/users.ts';
import type { Config } from './config.ts';
import { candleFetchNodes, CandleFetchResolver } from './resolvers/candle-fetches/candle-fetch-resolver.ts';
import { CandleResolver } from './resolvers/market-data/candle-resolver.ts';
import { MarketDataResolver } from './resolvers/market-data/market-data-resolver.ts';
import { MarketResolver } from './resolvers/market-data/market-resolver.ts';
import { marketDataNodes } from './resolvers/market-data/nodes.ts';
import { QuoteResolver } from './resolvers/market-data/quote-resolver.ts';
import { RetentionResolver } from './resolvers/market-data/retention-resolver.ts';
import { NodeResolver } from './resolvers/node.ts';
import { createSchema } from './resolvers/schema.ts';
import { strategyNodes, StrategyResolver } from './resolvers/strategies/strategy-resolver.ts';
import { Snapshots } from './resolvers/streams/snapshots.ts';
import { StreamResolver } from './resolvers/streams/stream-resolver.ts';
import { defaultLimits, type Limits } from './server/limits.ts';
import { createHttpServer } from './server/server.ts';
import type { OpenExchange } from './services/api-keys/live-accounts.ts';
import { WakeKind } from './services/bus/wake-bus.ts';
import { type Clock, systemClock } from './services/clock.ts';
import { type Database, openDatabase } from './services/database/index.ts';
import { CursorCodec } from './services/events/cursor.ts';
import { EventHub } from './services/events/hub.ts';
import { EventLog } from './services/events/log.ts';
import { Exchanges, type OpenMarketData } from './services/exchanges/exchanges.ts';
import type { KeyProbe } from './services/exchanges/key-probe.ts';
import type { Logger } from './services/logger.ts';
import { MarketDataService } from './services/market-data/market-data-service.ts';
import type { Mailer } from './services/notifications/mailer.ts';
import { deriveKey } from './services/security/keys.ts';
import type { Passwords } from './services/security/passwords.ts';
import { Vault } from './services/security/vault.ts';
import { loadPlugins, type Plugins } from './services/strategies/plugins/plugins.ts';
import { StrategyService } from './services/strategies/strategy-service.ts';
import { RevocationWatch } from './services/users/revocation-watch.ts';

export type { App } from './app/program.ts';

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
  const installation = await databaseId(database);
  const log = new EventLog(database, clock);
  const hub = new EventHub(log, new CursorCodec(deriveKey(secret, 'event cursor v1'), installation), clock, logger);
  const { bus, newQueue } = connectProcesses(config, { installation, logger });
  log.onAppended((userId) => {
    hub.wake(userId);
    bus.publish(WakeKind.LOG, userId);
  });
  bus.onWake(WakeKind.LOG, (userId) => hub.wake(userId));
  const { simSpeed, candleCacheBytes } = config;
  const exchanges = await Exchanges.open({
    database,
    clock,
    logger,
    simSpeed,
    ...(options.openMarketData && { openMarketData: options.openMarketData }),
  });
  const marketData = new MarketDataService({ database, exchanges, clock, logger, candleCacheBytes });
  const plugins = await loadPlugins(config.strategies.folder, config.strategies.required);
  tellPlugins(plugins, logger);
  const strategies = new StrategyService(database, plugins);

  const { mailer, passwords } = options;
  const users = new Users({ database, clock, logger, secret, config, mailer, passwords });
  const backtests = new Backtests({ database, events: log, clock, logger, strategies, marketData, newQueue });
  const fetches = new CandleFetches({ database, marketData, events: log, clock, logger, newQueue });
  const recordings = new Recordings({ database, exchanges, marketData, clock, logger });
  const trading = new Trading({
    database,
    log,
    bus,
    clock,
    logger,
    secret,
    vault,
    exchanges,
    marketData,
    strategies,
    plugins,
    runsBots: config.roles.has('runner'),
    keyProbe: options.keyProbe,
    openExchange: options.openExchange,
  });
  const { botList, ledger, runners, supervisor } = trading;
  const reconciliation = composeReconciliation(database, {
    candles: (exchange, symbol, timeframe, from, to) => marketData.loadCandles(exchange, symbol, timeframe, from, to),
    marketOf: (exchange) => marketData.feeds.marketOf(exchange),
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

  const jobs = unfinishedJobs(backtests.service, fetches.service);
  const schema = createSchema([
    users.resolver,
    new MarketDataResolver(marketData),
    new MarketResolver(marketData),
    new CandleResolver(marketData),
    new RetentionResolver(marketData.retention),
    new QuoteResolver(marketData.quotes, marketData),
    ...recordings.resolvers,
    new StrategyResolver(strategies),
    ...backtests.resolvers,
    new CandleFetchResolver(fetches.service, marketData),
    jobStream(backtests.service, fetches.service, hub),
    ...trading.resolvers,
    ...risk.resolvers,
    ...alerts.resolvers,
    ...reconciliation.resolvers,
    logs.resolver,
    new StreamResolver(hub, new Snapshots(botList, ledger, logs.book, alerts.service, jobs)),
    new NodeResolver(
      new Map([
        ...users.nodes,
        ...marketDataNodes(marketData),
        ...strategyNodes(strategies),
        ...backtests.nodes,
        ...candleFetchNodes(fetches.service),
        ...trading.nodes,
        ...risk.nodes,
        ...alerts.nodes,
        ...reconciliation.nodes,
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
    authenticate: (token) => users.authenticator.authenticate(token),
    eventCursor: (viewer) => hub.cursor(viewer.userId),
    onRevoked: (listener) => users.revocations.onRevoked(listener),
    ready: async () => void (await database.system().execute('select 1')),
    load: () => ({
      ...hub.load,
      botsRunning: supervisor.runners.length,
      jobsWaiting: backtests.load.waiting,
      jobsRunning: backtests.load.running,
    }),
    onDelivered: (listener) => hub.onDelivered(listener),
    metricsToken: config.metricsToken,
    production: config.production,
    origins: config.origins,
    introspection: config.graphiql,
    graphiqlFolder: config.graphiql ? (options.graphiqlFolder ?? graphiqlFolder ?? null) : null,
  });
  const { revocations } = users;
  const revocationWatch = new RevocationWatch({ database, revocations, viewers: server.viewers, logger });
  const retention = new Retention(database, clock, logger, config.eventDays);
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
    fetches,
    recordings,
    trading,
    revocationWatch,
    bus,
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
