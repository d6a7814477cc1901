import { isIPv4, isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { AttemptCounter, type DelayPolicy } from './attempts.ts';

export interface ThrottlePolicy {
  readonly account: DelayPolicy;
  readonly address: DelayPolicy;
  readonly everyone: DelayPolicy;
}

const second = 1_000;
const minute = 60 * second;

/** For guesses at a password: a person who mistypes notices nothing, a machine gets a few tries an hour for one account. */
export const guessPolicy: ThrottlePolicy = {
  account: { free: 5, firstDelayMs: second, longestDelayMs: 15 * minute, forgetOneMs: 10 * minute },
  address: { free: 20, firstDelayMs: second, longestDelayMs: 5 * minute, forgetOneMs: minute },
  everyone: { free: 200, firstDelayMs: 100, longestDelayMs: 2 * second, forgetOneMs: second },
};

/** For what costs us work or sends mail, and is rarely repeated by a person. */
export const requestPolicy: ThrottlePolicy = {
  account: { free: 3, firstDelayMs: 30 * second, longestDelayMs: 15 * minute, forgetOneMs: 20 * minute },
  address: { free: 50, firstDelayMs: second, longestDelayMs: 5 * minute, forgetOneMs: minute },
  everyone: { free: 500, firstDelayMs: 100, longestDelayMs: 2 * second, forgetOneMs: second },
};

/** One attempt that was let through. It counts as a wrong one until told otherwise. */
export interface Attempt {
  succeeded(): void;
}

/** Who attempts: the account named (its folded address) and the network address it came from, where known. */
export interface AttemptSource {
  readonly account?: string | undefined;
  readonly address?: string | undefined;
}

const everyoneKey = 'everyone';

/**
 * Slows guessing down, per account, per network address, and over all, with delays that grow and never become a lock.
 *
 * An attempt counts from the moment it begins, so that a hundred at once are not all let through before the first has failed.
 * An address that has signed in to an account before keeps a counter of its own for it, so that strangers who guess at the account
 * from elsewhere cannot keep its owner out. Counts live in this process's memory.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #accounts: AttemptCounter;
  readonly #addresses: AttemptCounter;
  readonly #everyone: AttemptCounter;
  readonly #known = new LRUCache<string, true>({ max: 50_000 });

  constructor(clock: Clock, policy: ThrottlePolicy) {
    this.#clock = clock;
    this.#accounts = new AttemptCounter(policy.account);
    this.#addresses = new AttemptCounter(policy.address);
    this.#everyone = new AttemptCounter(policy.everyone, 1);
  }

  /** @throws DomainError THROTTLED with `retryAfterMs`; a refused attempt is not counted */
  begin({ account, address }: AttemptSource): Attempt {
    const now = this.#clock.now().getTime();
    const network = address === undefined ? undefined : networkOf(address);
    const pair = account === undefined || network === undefined ? undefined : `${account} ${network}`;
    const isKnown = pair !== undefined && this.#known.has(pair);
    const counters: (readonly [AttemptCounter, string | undefined])[] = [
      [this.#accounts, isKnown ? pair : account],
      [this.#addresses, network],
      [this.#everyone, isKnown ? undefined : everyoneKey],
    ];
    const used = counters.filter((entry): entry is readonly [AttemptCounter, string] => entry[1] !== undefined);
    const wait = Math.max(0, ...used.map(([counter, key]) => counter.waitMs(key, now)));
    if (wait > 0) throw throttled(wait);
    for (const [counter, key] of used) counter.add(key, now);
    return {
      succeeded: () => {
        const then = this.#clock.now().getTime();
        for (const [counter, key] of used) {
          if (counter === this.#accounts) counter.clear(key);
          else counter.forgive(key, then);
        }
        if (pair !== undefined) this.#known.set(pair, true);
      },
    };
  }
}

function throttled(waitMs: number): DomainError {
  const seconds = Math.ceil(waitMs / second);
  return new DomainError('THROTTLED', `too many attempts; try again in ${seconds} s`, { details: { retryAfterMs: waitMs } });
}

/** The network an address stands for: itself for IPv4 (also when mapped into IPv6), its /64 for IPv6, where one person has 2^64. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (isIPv4(mapped) || !isIPv6(mapped)) return mapped;
  const [head = '', tail] = (mapped.split('%')[0] ?? '').toLowerCase().split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
