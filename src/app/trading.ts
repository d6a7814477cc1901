import { apiKeyNodes, ApiKeyResolver } from '../resolvers/api-keys/api-key-resolver.ts';
import { BotKeyField } from '../resolvers/api-keys/bot-key.ts';
import { BotFields } from '../resolvers/bots/bot-fields.ts';
import { BotResolver } from '../resolvers/bots/bot-resolver.ts';
import { BotFundsTransfersField, fundsTransferNodes } from '../resolvers/bots/funds-transfers.ts';
import { botNodes } from '../resolvers/bots/nodes.ts';
import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import { ClosedTradeFields, OrderFields, PositionFields, TradeFields } from '../resolvers/orders/ledger-fields.ts';
import { LedgerResolver } from '../resolvers/orders/ledger-resolver.ts';
import { ledgerNodes } from '../resolvers/orders/nodes.ts';
import { DailyBalanceResolver } from '../resolvers/portfolio/daily-balance-resolver.ts';
import { ApiKeyService } from '../services/api-keys/api-key-service.ts';
import type { LiveAccounts, OpenExchange } from '../services/api-keys/live-accounts.ts';
import { BotList } from '../services/bots/bot-list.ts';
import { BotRequests } from '../services/bots/bot-requests.ts';
import { BotService } from '../services/bots/bot-service.ts';
import { fundsTransferList } from '../services/bots/funds-ledger.ts';
import { BotSupervisor } from '../services/bots/supervisor.ts';
import { type WakeBus, WakeKind } from '../services/bus/wake-bus.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { EventLog } from '../services/events/log.ts';
import { CcxtKeyProbe } from '../services/exchanges/ccxt/permissions.ts';
import type { Exchanges } from '../services/exchanges/exchanges.ts';
import type { KeyProbe } from '../services/exchanges/key-probe.ts';
import type { Logger } from '../services/logger.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';
import { ledgerLists } from '../services/orders/ledger-list.ts';
import { DailyBalances } from '../services/portfolio/daily-balances.ts';
import { deriveKey } from '../services/security/keys.ts';
import type { Vault } from '../services/security/vault.ts';
import type { Plugins } from '../services/strategies/plugins/plugins.ts';
import type { StrategyService } from '../services/strategies/strategy-service.ts';
import { liveAccountsOf, wakeBotsOf } from './live-trading.ts';

interface TradingParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly bus: WakeBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: string;
  readonly vault: Vault;
  readonly exchanges: Exchanges;
  readonly marketData: MarketDataService;
  readonly strategies: StrategyService;
  readonly plugins: Plugins;
  /** Whether bots run in this process. */
  readonly runsBots: boolean;
  /** Asks exchanges what keys may do: through ccxt unless told. */
  readonly keyProbe: KeyProbe | undefined;
  readonly openExchange: OpenExchange | undefined;
}

/** Whoever runs bots, here or in another process. */
export interface Runners {
  wake(botId: string): void;
  wakeAll(userId: string): void;
  serve(botId: string): void;
}

/** Keys, bots and what they have ordered, put together. */
export class Trading {
  readonly bots: BotService;
  readonly botList: BotList;
  readonly ledger: ReturnType<typeof ledgerLists>;
  readonly supervisor: BotSupervisor;
  readonly runners: Runners;
  readonly resolvers: readonly object[];
  readonly nodes: [IdPrefix, NodeLoader][];
  readonly #liveAccounts: LiveAccounts;

  constructor(parts: TradingParts) {
    const { database, log, bus, clock, logger, vault, marketData, strategies } = parts;
    const presence = database.presence((text) => logger.warn(text));
    this.#liveAccounts = liveAccountsOf({ database, clock, logger, vault, presence, openExchange: parts.openExchange });
    const marketOf = (exchange: string): ReturnType<typeof marketData.feeds.marketOf> => marketData.feeds.marketOf(exchange);
    this.supervisor = new BotSupervisor({
      database,
      log,
      clock,
      logger,
      marketOf,
      openLive: (bot, exchange, cut) => this.#liveAccounts.open(bot, exchange, cut),
      openPaper: (account, market, symbols, token) => parts.exchanges.openPaper(account, market, symbols, token),
      idKey: deriveKey(parts.secret, 'client order id v1'),
      plugins: parts.plugins,
      mayMissNews: () => !bus.isConnected,
      presence,
    });
    this.runners = runnersOf(this.supervisor, bus, parts.runsBots);
    const { runners } = this;
    this.bots = new BotService({ database, log, clock, strategies, markets: marketData, marketOf, runners });
    this.botList = new BotList(database);
    this.ledger = ledgerLists(database);
    const apiKeys = new ApiKeyService({
      database,
      clock,
      vault,
      probe: parts.keyProbe ?? new CcxtKeyProbe(),
      onRotated: (keyId) =>
        void wakeBotsOf(database, keyId, (botId) => runners.wake(botId)).catch((error: unknown) =>
          logger.error({ err: error }, 'bots could not be told of new secrets; they find out by themselves'),
        ),
    });
    const { bots, botList, ledger } = this;
    const transfers = fundsTransferList(database);
    this.resolvers = [
      new ApiKeyResolver(apiKeys, marketData),
      new BotResolver(bots, botList, new BotRequests({ database, clock, runners }), ledger),
      new BotKeyField(apiKeys),
      new BotFields(ledger, marketData, strategies),
      new BotFundsTransfersField(transfers),
      new DailyBalanceResolver(new DailyBalances(database)),
      new LedgerResolver(ledger),
      new OrderFields(ledger, botList, marketData),
      new TradeFields(ledger, botList),
      new PositionFields(ledger, botList),
      new ClosedTradeFields(botList),
    ];
    this.nodes = [...apiKeyNodes(apiKeys), ...botNodes(botList), ...fundsTransferNodes(transfers), ...ledgerNodes(ledger)];
  }

  async start(): Promise<void> {
    this.#liveAccounts.start();
    await this.supervisor.start();
  }

  /** Bots go on at the next start, or in another process. */
  async stop(): Promise<void> {
    await this.supervisor.stop();
    this.#liveAccounts.stop();
  }
}

/** Tells this process's supervisor and those of others. */
function runnersOf(supervisor: BotSupervisor, bus: WakeBus, runsBots: boolean): Runners {
  if (runsBots) bus.onWake(WakeKind.BOT, (botId) => supervisor.wake(botId));
  return {
    wake: (botId) => {
      if (runsBots) supervisor.wake(botId);
      bus.publish(WakeKind.BOT, botId);
    },
    wakeAll: (userId) => supervisor.wakeAll(userId),
    serve: (botId) => {
      supervisor.serve(botId);
      bus.publish(WakeKind.BOT, botId);
    },
  };
}
