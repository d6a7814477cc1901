import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttemptCounter } from '../../../src/services/security/attempts.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { type AttemptSource, guessPolicy, networkOf, Throttle } from '../../../src/services/security/throttle.ts';
import { FakeClock } from './fake-clock.ts';

const policy = {
  account: { free: 3, firstDelayMs: 1_000, longestDelayMs: 60_000, forgetOneMs: 600_000 },
  address: { free: 10, firstDelayMs: 1_000, longestDelayMs: 30_000, forgetOneMs: 60_000 },
  everyone: { free: 40, firstDelayMs: 100, longestDelayMs: 2_000, forgetOneMs: 1_000 },
};

function world(): { clock: FakeClock; throttle: Throttle; wait: (source: AttemptSource) => number } {
  const clock = new FakeClock();
  const throttle = new Throttle(clock, policy);
  /** Makes a wrong attempt; 0 when it was let through, else how long it has to wait. */
  const wait = (source: AttemptSource): number => {
    try {
      throttle.begin(source);
      return 0;
    } catch (error) {
      if (error instanceof DomainError) return Number(error.details['retryAfterMs']);
      throw error;
    }
  };
  return { clock, throttle, wait };
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe('wrong attempts at one account', () => {
  it('cost nothing at first, then a delay that doubles up to a longest one and never locks', () => {
    const { clock, wait } = world();
    expect(times(3, () => wait({ account: 'ada' }))).toEqual([0, 0, 0]);
    const delays = times(9, () => {
      const delay = wait({ account: 'ada' });
      clock.advance(delay);
      expect(wait({ account: 'ada' })).toBe(0);
      return delay;
    });
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('say how long to wait, in words and in milliseconds', () => {
    const { throttle } = world();
    times(3, () => throttle.begin({ account: 'ada' }));
    expect(() => throttle.begin({ account: 'ada' })).toThrow(
      expect.objectContaining({
        code: 'THROTTLED',
        message: 'too many attempts; try again in 1 s',
        details: { retryAfterMs: 1_000 },
      }),
    );
  });

  it('do not count while they are refused', () => {
    const { clock, wait } = world();
    times(50, () => wait({ account: 'ada' }));
    clock.advance(1_000);
    expect(wait({ account: 'ada' })).toBe(0);
  });

  it('count from their beginning, so that a hundred at once get no further than a few', () => {
    const { wait } = world();
    expect(times(100, () => wait({ account: 'ada' })).filter((delay) => delay === 0)).toHaveLength(3);
  });

  it('leave other accounts alone', () => {
    const { wait } = world();
    times(10, () => wait({ account: 'ada' }));
    expect(wait({ account: 'bob' })).toBe(0);
  });

  it('are forgotten with time', () => {
    const { clock, wait } = world();
    times(3, () => wait({ account: 'ada' }));
    expect(wait({ account: 'ada' })).toBe(1_000);
    clock.advance(3 * 600_000);
    expect(times(4, () => wait({ account: 'ada' }))).toEqual([0, 0, 0, 1_000]);
  });

  it('are forgotten once the right password came', () => {
    const { throttle, wait } = world();
    times(2, () => wait({ account: 'ada' }));
    throttle.begin({ account: 'ada' }).succeeded();
    expect(times(4, () => wait({ account: 'ada' }))).toEqual([0, 0, 0, 1_000]);
  });
});

describe('an owner who has signed in from an address before', () => {
  it('is not kept out by strangers who guess from elsewhere, even by a crowd of them', () => {
    const { throttle, wait } = world();
    throttle.begin({ account: 'ada', address: '192.0.2.1' }).succeeded();
    times(50, (i) => wait({ account: 'ada', address: `198.51.100.${i}` }));
    times(50, (i) => wait({ account: `someone ${i}`, address: `203.0.113.${i}` }));
    expect(wait({ account: 'ada', address: '198.51.100.99' })).toBeGreaterThan(0);
    expect(wait({ account: 'ada', address: '192.0.2.1' })).toBe(0);
  });

  it('is slowed down there too when the guesses come from that address', () => {
    const { throttle, wait } = world();
    throttle.begin({ account: 'ada', address: '192.0.2.1' }).succeeded();
    expect(times(4, () => wait({ account: 'ada', address: '192.0.2.1' }))).toEqual([0, 0, 0, 1_000]);
  });
});

describe('attempts from one network', () => {
  it('are slowed down whatever accounts they name', () => {
    const { wait } = world();
    expect(times(11, (i) => wait({ account: `account ${i}`, address: '192.0.2.1' }))).toEqual([...times(10, () => 0), 1_000]);
    expect(wait({ account: 'account 50', address: '192.0.2.2' })).toBe(0);
  });

  it('do not count when they were right', () => {
    const { throttle } = world();
    expect(() => times(50, (i) => throttle.begin({ account: `account ${i}`, address: '192.0.2.1' }).succeeded())).not.toThrow();
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['not an address', 'not an address'],
  ])('%s count as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('attempts from everywhere', () => {
  it('are slowed down together, but only a little', () => {
    const { clock, wait } = world();
    times(40, (i) => wait({ account: `account ${i}`, address: `192.0.2.${i}` }));
    expect(wait({ account: 'account 99', address: '192.0.2.99' })).toBe(100);
    clock.advance(100);
    expect(wait({ account: 'account 99', address: '192.0.2.99' })).toBe(0);
  });
});

describe('a counter', () => {
  it('never asks for more than its longest delay, and lets an attempt through once the delay is over', () => {
    const steps = fc.array(fc.record({ pause: fc.integer({ min: 0, max: 2_000_000 }), right: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (attempts) => {
        const counter = new AttemptCounter(guessPolicy.account);
        let now = 0;
        for (const { pause, right } of attempts) {
          now += pause;
          const wait = counter.waitMs('key', now);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(guessPolicy.account.longestDelayMs);
          now += wait;
          expect(counter.waitMs('key', now)).toBe(0);
          counter.add('key', now);
          if (right) counter.forgive('key', now);
        }
      }),
    );
  });

  it('remembers a bounded number of keys', () => {
    const counter = new AttemptCounter({ free: 1, firstDelayMs: 1_000, longestDelayMs: 1_000, forgetOneMs: 1_000 }, 2);
    for (const key of ['a', 'b', 'c']) counter.add(key, 0);
    expect(['a', 'b', 'c'].map((key) => counter.waitMs(key, 0))).toEqual([0, 1_000, 1_000]);
  });
});
