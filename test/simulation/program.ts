import { BotService } from '../../src/services/bots/bot-service.ts';
import { BotRequests } from '../../src/services/bots/bot-requests.ts';
import type { BotMarket } from '../../src/services/bots/runner-parts.ts';
import { BotSupervisor } from '../../src/services/bots/supervisor.ts';
import type { Clock } from '../../src/services/clock.ts';
import type { Database } from '../../src/services/database/index.ts';
import { CursorCodec } from '../../src/services/events/cursor.ts';
import { EventHub } from '../../src/services/events/hub.ts';
import { EventLog } from '../../src/services/events/log.ts';
import type { Exchange } from '../../src/services/exchanges/port/exchange.ts';
import type { Logger } from '../../src/services/logger.ts';
import { MarketCatalogue } from '../../src/services/market-data/catalogue.ts';
import { StrategyService } from '../../src/services/strategies/strategy-service.ts';
import { type Gate, timersOf } from './gate.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A bot rests so long after its process has died, ms. */
export const leaseMs = 60_000;
/** Never to be seen in a log or an error. */
export const secrets = { idKey: new Uint8Array(32).fill(0x5e), cursorKey: new Uint8Array(32).fill(0x7a) };

export interface ProgramParts {
  readonly time: VirtualTime;
  readonly gate: Gate;
  /** What this machine's clock is ahead of the world's, ms. */
  readonly clockSkewMs: number;
  readonly database: Database;
  readonly market: BotMarket;
  readonly logger: Logger;
  readonly random: () => number;
  /** A connection to the account of a bot. */
  readonly connect: (accountId: string) => Exchange;
}

/** One process of the real program: supervisor, runners, desks, log and hub, between a gate and a simulated world. */
export class Program {
  readonly gate: Gate;
  readonly supervisor: BotSupervisor;
  readonly bots: BotService;
  readonly closer: BotRequests;
  readonly strategies: StrategyService;
  readonly log: EventLog;
  readonly hub: EventHub;

  constructor({ time, gate, clockSkewMs, database, market, logger, random, connect }: ProgramParts) {
    this.gate = gate;
    const clock: Clock = { now: () => new Date(time.now + clockSkewMs) };
    const marketOf = (): BotMarket => market;
    this.log = new EventLog(database, clock);
    this.hub = new EventHub(this.log, new CursorCodec(secrets.cursorKey, 'simulation'), clock, logger);
    this.log.onAppended((userId) => gate.run(() => this.hub.wake(userId)));
    this.supervisor = new BotSupervisor({
      database,
      log: this.log,
      clock,
      timers: timersOf(time, gate),
      logger,
      marketOf,
      openPaper: async ({ id }) => connect(id),
      openLive: async ({ id, apiKey }) => ({
        exchange: connect(id),
        account: `live:${apiKey?.id}`,
        fence: async () => undefined,
      }),
      idKey: secrets.idKey,
      random,
      leaseMs,
    });
    this.strategies = new StrategyService(database);
    this.bots = new BotService({
      database,
      log: this.log,
      clock,
      strategies: this.strategies,
      markets: new MarketCatalogue(database),
      marketOf,
      runners: this.supervisor,
    });
    this.closer = new BotRequests({ database, clock, timers: timersOf(time, gate), runners: this.supervisor });
  }
}
