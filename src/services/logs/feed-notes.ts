import { Bot } from '../../entities/trading/Bot.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { logLine } from '../events/log-line.ts';
import type { Logger } from '../logger.ts';
import type { LogBook } from './log-book.ts';

/** Live candles that a bot may trade by. */
export interface WatchedFeed {
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

interface FeedNotesParts {
  readonly database: Database;
  readonly logs: LogBook;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether a bot runs in this process: another process has a feed of its own, and tells of that. */
  readonly runsHere: (botId: string) => boolean;
}

/** Tells the owners of bots when the candles that these trade by come badly, and when they come well again. */
export class FeedNotes {
  readonly #parts: FeedNotesParts;
  readonly #degraded = new Set<string>();
  #work: Promise<void> = Promise.resolve();

  constructor(parts: FeedNotesParts) {
    this.#parts = parts;
  }

  /** @param reason what is wrong, in a sentence; null when nothing is */
  changed(feed: WatchedFeed, reason: string | null): void {
    const name = `${feed.exchange} ${feed.symbol} ${feed.timeframe}`;
    if (reason === null && !this.#degraded.delete(name)) return;
    if (reason !== null) this.#degraded.add(name);
    const message = reason === null ? `candles of ${name} come well again` : `candles of ${name} come badly: ${reason}`;
    this.#work = this.#work
      .then(() => this.#tell(feed, reason === null ? 'INFO' : 'WARN', message))
      .catch((error: unknown) => this.#parts.logger.error({ err: error }, `that ${message} could not be written down`));
  }

  /** Resolves when everything so far is written down. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #tell({ exchange, symbol, timeframe }: WatchedFeed, level: 'INFO' | 'WARN', message: string): Promise<void> {
    const { database, logs, clock, runsHere } = this.#parts;
    const bots = await database.systemRows().list(Bot, {
      fields: ['id', 'userId'],
      where: { symbol: { eq: symbol }, timeframe: { eq: timeframe }, exchange: { name: { eq: exchange } } },
      orderBy: [{ field: 'id' }],
      limit: 10_000,
    });
    for (const { id, userId } of bots)
      if (runsHere(id)) await logs.append(logLine(userId, level, message, { botId: id }, clock.now()));
  }
}
