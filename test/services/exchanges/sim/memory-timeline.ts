import type { Timeline, TimelineStore } from '../../../../src/services/exchanges/sim/timeline.ts';

/** A timeline that lasts as long as the process. */
export class MemoryTimelineStore implements TimelineStore {
  private timeline: Timeline | undefined;

  update(change: (stored: Timeline | undefined) => Timeline): Promise<Timeline> {
    this.timeline = change(this.timeline);
    return Promise.resolve(this.timeline);
  }
}
