import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import { KillSwitchDrillFields, KillSwitchFields, RefusedOrderFields, RiskLimitFields } from '../resolvers/risk/risk-fields.ts';
import { riskNodes, RiskResolver } from '../resolvers/risk/risk-resolver.ts';
import type { BotList } from '../services/bots/bot-list.ts';
import { KillSwitchDrill } from '../services/bots/kill-switch-drill.ts';
import { KillSwitchService } from '../services/bots/kill-switch-service.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { EventLog } from '../services/events/log.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';
import { RiskLimitService } from '../services/risk/risk-limit-service.ts';
import type { StrategyService } from '../services/strategies/strategy-service.ts';

export interface RiskParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Whoever runs bots, here or elsewhere. */
  readonly runners: { wake(botId: string): void; wakeAll(userId: string): void };
  readonly botList: BotList;
  readonly marketData: MarketDataService;
  readonly strategies: StrategyService;
}

/** Limits, what they refuse, and the kill switch. */
export function composeRisk(parts: RiskParts): { resolvers: object[]; nodes: [IdPrefix, NodeLoader][] } {
  const { database, log, clock, runners, botList, marketData, strategies } = parts;
  const limits = new RiskLimitService({ database, clock, runners });
  const switches = new KillSwitchService({ database, log, clock, runners });
  return {
    resolvers: [
      new RiskResolver(limits, switches, new KillSwitchDrill({ database, clock, switches })),
      new RiskLimitFields(botList, marketData, strategies),
      new RefusedOrderFields(botList),
      new KillSwitchFields(botList),
      new KillSwitchDrillFields(botList),
    ],
    nodes: riskNodes(limits, switches),
  };
}
