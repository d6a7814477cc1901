import { KillSwitch } from '../../entities/operations/KillSwitch.ts';
import { RiskLimit } from '../../entities/operations/RiskLimit.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logger.ts';
import type { Timers } from '../timers.ts';

/** How often halts of other processes are looked for, in milliseconds. */
const everyMs = 1_000;
const most = 10_000;

export interface HaltWatchParts {
  readonly database: Database;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Somebody's halts are not what they were. */
  readonly onChanged: (userId: string) => void;
}

/** Notices halts that other processes have called or released: whoever holds a bot must hear of them wherever they were called. */
export class HaltWatch {
  readonly #parts: HaltWatchParts;
  #known = new Map<string, string>();
  #stop: (() => void) | undefined;
  #isLooking = false;

  constructor(parts: HaltWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stop ??= this.#parts.timers.every(everyMs, () => void this.look());
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const found = await this.#read();
      const before = this.#known;
      this.#known = found;
      for (const userId of new Set([...before.keys(), ...found.keys()]))
        if (before.get(userId) !== found.get(userId)) this.#parts.onChanged(userId);
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'looking for halts failed; it is tried again');
    } finally {
      this.#isLooking = false;
    }
  }

  /** What stands over whom, as text to compare. */
  async #read(): Promise<Map<string, string>> {
    const rows = this.#parts.database.systemRows();
    const switches = await rows.list(KillSwitch, {
      fields: ['id', 'userId', 'version'],
      where: { releasedAt: { isNull: true } },
      limit: most,
    });
    const limits = await rows.list(RiskLimit, {
      fields: ['id', 'userId', 'version'],
      where: { isActive: { eq: true }, latchedAt: { isNull: false } },
      limit: most,
    });
    const found = new Map<string, string>();
    for (const { id, userId, version } of [...switches, ...limits])
      found.set(userId, `${found.get(userId) ?? ''} ${id}:${version}`);
    return found;
  }
}
