import { KillSwitch } from '../../entities/operations/KillSwitch.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { lockPortfolio } from '../risk/lock.ts';
import { killSwitchView } from '../risk/views.ts';
import { audit } from '../security/audit.ts';

/** A drill ends itself within seconds; one that still stands after so long, in milliseconds, has lost its process. */
const leftAfterMs = 60_000;

/** A kill switch that stands, as far as it matters here. */
export interface StandingSwitch {
  readonly id: string;
  readonly userId: string;
  readonly version: number;
  readonly isDrill: boolean;
  readonly activatedAt: Date;
}

/** Releases drills whose process died before it could. Several processes may do it at once: one of them does. */
export async function endLeftDrills(database: Database, clock: Clock, standing: readonly StandingSwitch[]): Promise<void> {
  const before = clock.now().getTime() - leftAfterMs;
  for (const { id, userId, version, isDrill, activatedAt } of standing) {
    if (!isDrill || activatedAt.getTime() > before) continue;
    await database.transaction(
      async (em) => {
        await lockPortfolio(em, database.dialect, userId);
        const drill = await em.findOne(KillSwitch, { id, version, releasedAt: null });
        if (!drill) return;
        const now = clock.now();
        Object.assign(drill, { releasedAt: now, releaseReason: 'the drill was left standing by a process that ended' });
        await em.flush();
        audit(em, { userId, type: 'KILL_SWITCH_RELEASED', at: now, details: { killSwitch: killSwitchView(drill) } });
      },
      { userId },
    );
  }
}
