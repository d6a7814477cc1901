import type { Clock } from '../../clock.ts';

/** How simulated time runs: at the wall clock's `wallTime` it was `simTime`, and since then it has run `speed` times as fast. All ms UTC. */
export interface Timeline {
  readonly simTime: number;
  readonly wallTime: number;
  readonly speed: number;
  /** The wall time up to which somebody promised to keep the simulation running; nobody shows a later moment than this one. */
  readonly aliveUntil: number;
}

/** Where the timeline is kept, so that a restart goes on where it was and several processes agree. */
export interface TimelineStore {
  /** Reads and replaces the timeline in one atomic step; answers with what was written. */
  update(change: (stored: Timeline | undefined) => Timeline): Promise<Timeline>;
}

const leaseMs = 15_000;

/**
 * The clock of the simulated market. At speed 1 it is the wall clock. Faster, it starts at the wall clock's time and runs ahead of it.
 *
 * It never goes back and never repeats a moment, also across crashes: processes that show simulated time keep extending a promise in
 * the store, and clamp their clock to it. One that finds a promise still valid joins the running timeline; one that finds it expired starts a new stretch
 * at the last moment that could have been shown, or at the wall clock's time if that is later. The stretch while nothing ran is like the downtime
 * of any market: it has passed, and its candles are there to be fetched.
 */
export class SimClock {
  private readonly clock: Clock;
  private readonly store: TimelineStore;
  private readonly speed: number;
  private timeline: Timeline;
  private shown = 0;

  private constructor(clock: Clock, store: TimelineStore, speed: number, timeline: Timeline) {
    this.clock = clock;
    this.store = store;
    this.speed = speed;
    this.timeline = timeline;
  }

  /**
   * @param options.speed simulated seconds per second, at least 1; one that is running already at another speed keeps its own
   * @throws RangeError when the speed is not between 1 and 3,600
   */
  static async open(options: { clock: Clock; store: TimelineStore; speed: number }): Promise<SimClock> {
    const { clock, store, speed } = options;
    if (!(speed >= 1 && speed <= 3600))
      throw new RangeError(`the simulated market's speed must be between 1 and 3600, not ${speed}`);
    const timeline = await store.update((stored) => joined(stored, clock.now().getTime(), speed));
    return new SimClock(clock, store, speed, timeline);
  }

  /** Simulated time, milliseconds UTC. */
  now(): number {
    const wall = Math.min(this.clock.now().getTime(), this.timeline.aliveUntil);
    this.shown = Math.max(this.shown, Math.floor(simTimeAt(this.timeline, wall)));
    return this.shown;
  }

  /** Extends the promise; to be called every few seconds. Until it succeeds again, time stands still at the end of the last one. */
  async renew(): Promise<void> {
    this.timeline = await this.store.update((stored) => joined(stored, this.clock.now().getTime(), this.speed));
  }
}

function simTimeAt(timeline: Timeline, wall: number): number {
  return timeline.simTime + (wall - timeline.wallTime) * timeline.speed;
}

function joined(stored: Timeline | undefined, wall: number, speed: number): Timeline {
  if (!stored) return { simTime: wall, wallTime: wall, speed, aliveUntil: wall + leaseMs };
  if (stored.aliveUntil >= wall) return { ...stored, aliveUntil: Math.max(stored.aliveUntil, wall + leaseMs) };
  return { simTime: Math.max(simTimeAt(stored, stored.aliveUntil), wall), wallTime: wall, speed, aliveUntil: wall + leaseMs };
}
