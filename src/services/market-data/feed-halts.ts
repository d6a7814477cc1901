import type { CandleSource } from '../exchanges/port/market-data.ts';
import type { Logger } from '../logger.ts';
import type { FeedHealth } from './feed-health.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

interface Parts {
  readonly key: SeriesKey;
  readonly source: Pick<CandleSource, 'isHalted'>;
  readonly health: FeedHealth;
  readonly logger: Logger;
  /** Ends with the feed. */
  readonly signal: AbortSignal;
}

/** Asks the exchange whether a silent market is one that it has halted. */
export class FeedHalts {
  private readonly parts: Parts;
  /** The news after which it was asked, because nothing followed. */
  private askedAfter: number | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Once for each silence that is longer than usual. */
  askWhenUnusual(): void {
    const { health } = this.parts;
    const { lastNewsAt } = health.status;
    if (!health.isUnusuallySilent || this.askedAfter === lastNewsAt) return;
    this.askedAfter = lastNewsAt;
    void this.ask();
  }

  /** A market that does not trade is silent as well. Until the exchange answers what it said last stands. Never throws. */
  async ask(): Promise<void> {
    const { key, source, health, logger, signal } = this.parts;
    const { lastNewsAt } = health.status;
    try {
      const isHalted = (await source.isHalted?.(key.symbol)) ?? false;
      if (signal.aborted || health.status.lastNewsAt !== lastNewsAt) return;
      if (isHalted)
        health.halted(`trading in ${key.symbol} is halted at ${key.exchange}: it goes on by itself when the market does`);
      else if (health.isHalted)
        health.resumed(`trading in ${key.symbol} goes on, but the exchange has told nothing ${health.silentSince}`);
    } catch (error) {
      logger.debug({ err: error }, `whether ${seriesName(key)} is halted is not known`);
    }
  }
}
