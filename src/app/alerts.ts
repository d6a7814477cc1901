import { AlertFields, AlertTriggerFields } from '../resolvers/alerts/alert-fields.ts';
import { alertNodes, AlertResolver } from '../resolvers/alerts/alert-resolver.ts';
import type { IdPrefix } from '../resolvers/ids.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import { AlertService } from '../services/alerts/alert-service.ts';
import type { BotList } from '../services/bots/bot-list.ts';
import type { Database } from '../services/database/index.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';

interface AlertParts {
  readonly database: Database;
  readonly botList: BotList;
  readonly marketData: MarketDataService;
}

/** Alerts, put together. */
export class Alerts {
  readonly service: AlertService;
  readonly resolvers: object[];
  readonly nodes: [IdPrefix, NodeLoader][];

  constructor({ database, botList, marketData }: AlertParts) {
    this.service = new AlertService({
      database,
      markets: marketData,
      marketOf: (exchange) => marketData.feeds.marketOf(exchange),
      onChanged: () => {},
    });
    this.resolvers = [new AlertResolver(this.service), new AlertFields(botList, marketData), new AlertTriggerFields(botList)];
    this.nodes = alertNodes(this.service);
  }
}
