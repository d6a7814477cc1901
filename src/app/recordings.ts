import { randomUUID } from 'node:crypto';
import { RecordingFields, RecordingResolver } from '../resolvers/market-data/recording-resolver.ts';
import type { Clock } from '../services/clock.ts';
import type { Database } from '../services/database/index.ts';
import type { Exchanges } from '../services/exchanges/exchanges.ts';
import type { Logger } from '../services/logger.ts';
import type { MarketDataService } from '../services/market-data/market-data-service.ts';
import { MarketRecorder } from '../services/market-data/recording/market-recorder.ts';
import { RecordingRows } from '../services/market-data/recording/recording-rows.ts';
import { RecordingService } from '../services/market-data/recording/recording-service.ts';
import { SnapshotStore } from '../services/market-data/recording/snapshot-store.ts';
import { TradeStore } from '../services/market-data/recording/trade-store.ts';

/** Recordings of live market data, put together. */
export class Recordings {
  readonly resolvers: readonly object[];
  readonly #recorder: MarketRecorder;
  #isStarted = false;

  constructor(parts: {
    readonly database: Database;
    readonly exchanges: Exchanges;
    readonly marketData: MarketDataService;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    const { database, exchanges, marketData, clock, logger } = parts;
    const stores = {
      rows: new RecordingRows(database),
      trades: new TradeStore(database),
      snapshots: new SnapshotStore(database),
    };
    this.#recorder = new MarketRecorder({ ...stores, exchanges, quotes: marketData.quotes, clock, logger, owner: randomUUID() });
    const changed = (): void => {
      // In another process it is seen within seconds.
      if (this.#isStarted)
        this.#recorder.look().catch((error: unknown) => logger.warn({ err: error }, 'a recording begins later'));
    };
    const service = new RecordingService({ database, ...stores, marketData, clock, changed });
    this.resolvers = [new RecordingResolver(service), new RecordingFields(service, marketData)];
  }

  /** Whatever is to be recorded, and nobody else records, is recorded here from now on. */
  start(): void {
    this.#isStarted = true;
    this.#recorder.start();
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    await this.#recorder.stop();
  }
}
