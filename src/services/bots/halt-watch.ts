import { BotRequest, BotRequestStatus } from '../../entities/operations/BotRequest.ts';
import { KillSwitch } from '../../entities/operations/KillSwitch.ts';
import { RiskLimit } from '../../entities/operations/RiskLimit.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logger.ts';
import type { Timers } from '../timers.ts';
import { endLeftDrills } from './left-drills.ts';

/** How often halts and requests of other processes are looked for, in milliseconds. */
const everyMs = 1_000;
const most = 10_000;

export interface HaltWatchParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Somebody's halts are not what they were. */
  readonly onChanged: (userId: string) => void;
  /** Somebody asks something of a bot; it may run elsewhere. */
  readonly onRequested: (botId: string) => void;
}

/** Notices halts and requests that came in through other processes: whoever runs a bot must hear of them wherever they were made. */
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
      for (const botId of await this.#asked()) this.#parts.onRequested(botId);
      const found = await this.#read();
      const before = this.#known;
      this.#known = found;
      for (const userId of new Set([...before.keys(), ...found.keys()]))
        if (before.get(userId) !== found.get(userId)) this.#parts.onChanged(userId);
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'looking for halts and requests failed; it is tried again');
    } finally {
      this.#isLooking = false;
    }
  }

  async #asked(): Promise<ReadonlySet<string>> {
    const requests = await this.#parts.database.systemRows().list(BotRequest, {
      fields: ['botId'],
      where: { status: { eq: BotRequestStatus.PENDING } },
      limit: most,
    });
    return new Set(requests.map(({ botId }) => botId));
  }

  /** What stands over whom, as text to compare. */
  async #read(): Promise<Map<string, string>> {
    const rows = this.#parts.database.systemRows();
    const switches = await rows.list(KillSwitch, {
      fields: ['id', 'userId', 'version', 'isDrill', 'activatedAt'],
      where: { releasedAt: { isNull: true } },
      limit: most,
    });
    await endLeftDrills(this.#parts.database, this.#parts.clock, switches);
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
