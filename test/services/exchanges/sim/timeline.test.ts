import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimClock } from '../../../../src/services/exchanges/sim/timeline.ts';
import { MemoryTimelineStore } from './memory-timeline.ts';

const start = Date.UTC(2026, 0, 15);

function world() {
  const wall = { time: start };
  const store = new MemoryTimelineStore();
  const open = (speed: number) => SimClock.open({ clock: { now: () => new Date(wall.time) }, store, speed });
  return { wall, open };
}

describe('simulated time', () => {
  it('is the wall clock at speed 1', async () => {
    const { wall, open } = world();
    const clock = await open(1);
    wall.time += 5_000;
    expect(clock.now()).toBe(start + 5_000);
  });

  it('runs ahead from the wall clock when faster', async () => {
    const { wall, open } = world();
    const clock = await open(60);
    expect(clock.now()).toBe(start);
    wall.time += 10_000;
    expect(clock.now()).toBe(start + 600_000);
  });

  it('goes on where it was after a short restart', async () => {
    const { wall, open } = world();
    const before = await open(60);
    wall.time += 10_000;
    const shown = before.now();
    wall.time += 2_000;
    expect((await open(60)).now()).toBe(shown + 120_000);
  });

  it('stands still when its promise is not renewed, and after a long downtime starts behind that moment', async () => {
    const { wall, open } = world();
    const before = await open(60);
    wall.time += 3_600_000;
    expect(before.now()).toBe(start + 15_000 * 60);
    const after = await open(60);
    expect(after.now()).toBe(wall.time);
    wall.time += 1_000;
    expect(after.now()).toBe(start + 3_600_000 + 60_000);
  });

  it('is one timeline for all processes, at the speed of the one that began it', async () => {
    const { wall, open } = world();
    const one = await open(60);
    wall.time += 7_000;
    const two = await open(1);
    wall.time += 3_000;
    expect(two.now()).toBe(one.now());
  });

  it('takes a new speed after everybody has gone, without going back', async () => {
    const { wall, open } = world();
    const fast = await open(60);
    wall.time += 15_000;
    const shown = fast.now();
    wall.time += 60_000;
    const slow = await open(1);
    expect(slow.now()).toBe(shown);
    wall.time += 1_000;
    expect(slow.now()).toBe(shown + 1_000);
  });

  it('ignores a wall clock that is set back', async () => {
    const { wall, open } = world();
    const clock = await open(60);
    wall.time += 10_000;
    const shown = clock.now();
    wall.time -= 8_000;
    expect(clock.now()).toBe(shown);
  });

  it('never goes back, however processes come, go and renew', async () => {
    const action = fc.record({
      wait: fc.integer({ min: 0, max: 30_000 }),
      what: fc.constantFrom('open', 'renew', 'crash', 'look'),
    });
    const neverBack = fc.asyncProperty(
      fc.array(action, { maxLength: 40 }),
      fc.integer({ min: 1, max: 100 }),
      async (actions, speed) => {
        const { wall, open } = world();
        let alive: SimClock[] = [];
        let shown = 0;
        for (const { wait, what } of actions) {
          wall.time += wait;
          if (what === 'renew') await alive[0]?.renew();
          if (what === 'crash') alive = alive.slice(1);
          if (what === 'open') {
            const newcomer = await open(speed);
            if (newcomer.now() < shown) return false;
            alive.push(newcomer);
          }
          for (const clock of alive) shown = Math.max(shown, clock.now());
        }
        return true;
      },
    );
    await expect(fc.assert(neverBack)).resolves.toBeUndefined();
  });

  it.each([0, -1, 0.5, 3601, Number.NaN])('refuses speed %s', async (speed) => {
    const { open } = world();
    await expect(open(speed)).rejects.toThrow(`the simulated market's speed must be between 1 and 3600, not ${speed}`);
  });
});
