import type { IdPrefix } from '../resolvers/ids.ts';
import { logNodes, LogResolver } from '../resolvers/logs/log-resolver.ts';
import type { NodeLoader } from '../resolvers/node.ts';
import type { BotList } from '../services/bots/bot-list.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { EventLog } from '../services/events/log.ts';
import type { Logger } from '../services/logger.ts';
import { FeedNotes } from '../services/logs/feed-notes.ts';
import { LogBook } from '../services/logs/log-book.ts';
import { LogRetention } from '../services/logs/retention.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';

interface LogParts {
  readonly database: Database;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many days lines are kept. */
  readonly days: number;
  readonly botList: BotList;
  readonly marketData: MarketDataService;
  readonly runsHere: (botId: string) => boolean;
}

/** The logs that people read, put together. */
export class Logs {
  readonly book: LogBook;
  readonly resolver: LogResolver;
  readonly nodes: [IdPrefix, NodeLoader][];
  readonly #retention: LogRetention;
  readonly #feeds: FeedNotes;
  readonly #leaveFeeds: () => void;

  constructor({ database, log, clock, logger, days, botList, marketData, runsHere }: LogParts) {
    this.book = new LogBook(database, log, clock);
    this.book.start();
    this.resolver = new LogResolver(this.book, botList);
    this.nodes = logNodes(this.book);
    this.#retention = new LogRetention(database, clock, logger, days);
    this.#feeds = new FeedNotes({ database, logs: this.book, clock, logger, runsHere });
    this.#leaveFeeds = marketData.feeds.onStatus((key, { reason }) => this.#feeds.changed(key, reason));
  }

  /** Old lines are deleted from now on. */
  start(): void {
    this.#retention.start();
  }

  async stop(): Promise<void> {
    this.#leaveFeeds();
    await this.#retention.stop();
    await this.#feeds.settled();
  }
}
