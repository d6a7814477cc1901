import { RecordedKind } from '../../../entities/market/MarketRecording.ts';
import type { Clock } from '../../clock.ts';
import { isDiskFull } from '../../database/index.ts';
import type { Exchanges } from '../../exchanges/exchanges.ts';
import type { Logger } from '../../logger.ts';
import type { MarketQuotes } from '../market-quotes.ts';
import type { Recording, RecordingRows } from './recording-rows.ts';
import { SnapshotRecorder } from './snapshot-recorder.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { type Recorder, TradeRecorder } from './trade-recorder.ts';
import type { TradeStore } from './trade-store.ts';

const lookEveryMs = 2_000;
const flushEveryMs = 1_000;
/** Between two attempts to begin, at first and at the most. */
const retryMs = 1_000;
const longestRetryMs = 60_000;

export interface MarketRecorderParts {
  readonly rows: RecordingRows;
  readonly trades: TradeStore;
  readonly snapshots: SnapshotStore;
  readonly exchanges: Pick<Exchanges, 'ready' | 'source' | 'connection'>;
  readonly quotes: Pick<MarketQuotes, 'tickers' | 'books'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process, and no other that ever was. */
  readonly owner: string;
}

/** A recording that this process has taken. */
interface Running {
  readonly recording: Recording;
  recorder: Recorder | undefined;
  isBeginning: boolean;
  /** Why the last of it could not be stored; null when it was. */
  unsaved: string | null;
  /** Not begun again before, ms UTC. */
  retryAt: number;
  pauseMs: number;
  /** As the row has it. */
  told: string | null | undefined;
}

/**
 * Writes down what people have asked to be written down, in whichever process takes it: begins, stores every second, begins again when something
 * fails, and lets go of what was stopped.
 */
export class MarketRecorder {
  readonly #parts: MarketRecorderParts;
  readonly #running = new Map<string, Running>();
  #timers: NodeJS.Timeout[] = [];
  #work: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(parts: MarketRecorderParts) {
    this.#parts = parts;
  }

  /** Looks now, and every few seconds from now on. */
  start(): void {
    const look = (): void =>
      void this.look().catch((error: unknown) =>
        this.#parts.logger.warn({ err: error }, 'recordings could not be looked at; they are looked at again'),
      );
    look();
    if (this.#timers.length > 0) return;
    this.#timers = [setInterval(look, lookEveryMs).unref(), setInterval(() => void this.flush(), flushEveryMs).unref()];
  }

  /** Stores what came, and lets others go on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    await this.#work.catch(() => undefined);
    for (const running of this.#running.values()) running.recorder?.stop();
    await this.flush();
    if (this.#running.size > 0) await this.#parts.rows.release(this.#parts.owner);
    this.#running.clear();
  }

  /** Takes what there is to be taken, begins what is new or failed, ends what is gone. */
  look(): Promise<void> {
    this.#work = this.#work.catch(() => undefined).then(() => (this.#isStopped ? undefined : this.#look()));
    return this.#work as Promise<void>;
  }

  /** Stores what came since. What cannot be stored is told, and tried again. */
  async flush(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => this.#flush(running)));
  }

  async #look(): Promise<void> {
    const { rows, clock, owner } = this.#parts;
    const now = clock.now().getTime();
    const wanted = new Map((await rows.take(owner, now)).map((recording) => [nameOf(recording), recording]));
    for (const [name, running] of this.#running) {
      const recording = wanted.get(name);
      if (recording && isSame(recording, running.recording)) continue;
      this.#running.delete(name);
      running.recorder?.stop();
      await this.#flush(running);
    }
    for (const [name, recording] of wanted) {
      let running = this.#running.get(name);
      if (!running) {
        running = {
          recording,
          recorder: undefined,
          isBeginning: false,
          unsaved: null,
          retryAt: 0,
          pauseMs: retryMs,
          told: undefined,
        };
        this.#running.set(name, running);
      }
      if (running.recorder?.isOver && !running.isBeginning) running.recorder = undefined;
      if (running.recorder) await this.#tellHealth(running);
      else if (!running.isBeginning && now >= running.retryAt) void this.#begin(running);
    }
  }

  async #begin(running: Running): Promise<void> {
    const { exchanges, clock } = this.#parts;
    const { recording } = running;
    running.isBeginning = true;
    try {
      await exchanges.ready(recording.exchange);
      if (this.#isStopped || this.#running.get(nameOf(recording)) !== running) return;
      running.recorder = this.#recorderOf(recording);
      await running.recorder.start();
      running.pauseMs = retryMs;
      await this.#tellHealth(running);
    } catch (error) {
      running.recorder?.stop();
      running.recorder = undefined;
      running.retryAt = clock.now().getTime() + running.pauseMs;
      running.pauseMs = Math.min(2 * running.pauseMs, longestRetryMs);
      const reason = error instanceof Error ? error.message : String(error);
      await this.#tell(running, `it cannot begin, and is tried again: ${reason}`);
    } finally {
      running.isBeginning = false;
    }
  }

  #recorderOf(recording: Recording): Recorder {
    const { exchanges, quotes, trades, snapshots } = this.#parts;
    const { kind, intervalSeconds, depth, ...key } = recording;
    switch (kind) {
      case RecordedKind.MARKET_TRADES:
        return new TradeRecorder(key, exchanges.source(key.exchange), trades);
      case RecordedKind.TICKERS:
        return new SnapshotRecorder({
          key,
          feeds: quotes.tickers,
          intervalSeconds,
          write: (states) => snapshots.writeTickers(key, states),
        });
      case RecordedKind.ORDER_BOOKS:
        return new SnapshotRecorder({
          key,
          feeds: quotes.books,
          intervalSeconds,
          write: (states) =>
            snapshots.writeBooks(
              key,
              states.map(({ at, bids, asks }) => ({ at, bids: bids.slice(0, depth), asks: asks.slice(0, depth) })),
            ),
        });
    }
  }

  async #flush(running: Running): Promise<void> {
    try {
      await running.recorder?.flush();
      running.unsaved = null;
    } catch (error) {
      const why = isDiskFull(error) ? 'the disk of the database is full' : 'the database does not take it';
      running.unsaved = `it cannot be stored, ${why}: it is kept and tried again`;
      this.#parts.logger.error({ err: error }, `what is recorded of ${nameOf(running.recording)} could not be stored`);
      await this.#tell(running, running.unsaved);
    }
  }

  async #tellHealth(running: Running): Promise<void> {
    const connection = this.#parts.exchanges.connection(running.recording.exchange);
    const unreachable = connection?.status === 'UNREACHABLE' ? connection.reason : null;
    await this.#tell(running, running.unsaved ?? unreachable);
  }

  /** Writes down how it stands, when that has changed. */
  async #tell(running: Running, problem: string | null): Promise<void> {
    if (running.told === problem || this.#isStopped) return;
    try {
      await this.#parts.rows.tell(running.recording, problem);
      running.told = problem;
    } catch (error) {
      this.#parts.logger.warn(
        { err: error, problem },
        `how the recording of ${nameOf(running.recording)} stands could not be stored`,
      );
    }
  }
}

function nameOf({ exchange, symbol, kind }: Recording): string {
  return `${exchange} ${symbol} ${kind}`;
}

function isSame(a: Recording, b: Recording): boolean {
  return a.intervalSeconds === b.intervalSeconds && a.depth === b.depth;
}
