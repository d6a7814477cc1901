import { AlertFields, AlertTriggerFields } from '../resolvers/alerts/alert-fields.ts';
import { alertNodes, AlertResolver } from '../resolvers/alerts/alert-resolver.ts';
import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import { AlertService } from '../services/alerts/alert-service.ts';
import { TriggerRetention } from '../services/alerts/retention.ts';
import { AlertWatch } from '../services/alerts/watch/alert-watch.ts';
import type { BotList } from '../services/bots/bot-list.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { EventLog } from '../services/events/log.ts';
import type { Logger } from '../services/logger.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';

interface AlertParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many days triggers are kept. */
  readonly days: number;
  readonly botList: BotList;
  readonly marketData: MarketDataService;
}

/** Alerts, put together. */
export class Alerts {
  readonly service: AlertService;
  readonly resolvers: object[];
  readonly nodes: [IdPrefix, NodeLoader][];
  /** Looks at them, where bots are run. */
  readonly watch: AlertWatch;
  readonly retention: TriggerRetention;

  constructor({ database, log, clock, logger, days, botList, marketData }: AlertParts) {
    const marketOf = (exchange: string): ReturnType<typeof marketData.feeds.marketOf> => marketData.feeds.marketOf(exchange);
    this.watch = new AlertWatch({ database, log, clock, logger, marketOf });
    this.retention = new TriggerRetention(database, clock, logger, days);
    this.service = new AlertService({
      database,
      markets: marketData,
      marketOf,
      onChanged: () => this.watch.poke(),
    });
    this.resolvers = [new AlertResolver(this.service), new AlertFields(botList, marketData), new AlertTriggerFields(botList)];
    this.nodes = alertNodes(this.service);
  }
}
