import { createHash } from 'node:crypto';
import { IdempotencyKey } from '../../entities/operations/IdempotencyKey.ts';
import type { EntityManager } from '../database/index.ts';
import { DomainError } from '../errors.ts';

/** How long a key is remembered, in milliseconds: 24 hours. */
const rememberedMs = 86_400_000;
const longestKey = 200;
const path = ['input', 'idempotencyKey'];

/** A wish under a key of its owner's making. */
export interface KeyedWish {
  readonly userId: string;
  readonly key: string;
  /** What is wished, in full: the same key may not stand for anything else. */
  readonly hash: string;
}

/** @throws DomainError REQUIRED, INVALID */
export function keyedWish(userId: string, key: string, wish: readonly unknown[]): KeyedWish {
  return { userId, key: checkedKey(key), hash: createHash('sha256').update(JSON.stringify(wish)).digest('hex') };
}

/**
 * What was answered to a key within the last 24 hours.
 * @throws DomainError IDEMPOTENCY_KEY_REUSED when that was another wish
 */
export async function knownAnswer<T>(em: EntityManager, { userId, key, hash }: KeyedWish, now: Date): Promise<T | undefined> {
  const known = await em.findOne(IdempotencyKey, { user: userId, key });
  if (!known || known.createdAt.getTime() < now.getTime() - rememberedMs) return undefined;
  if (known.requestHash === hash) return known.response as T;
  throw new DomainError(
    'IDEMPOTENCY_KEY_REUSED',
    `idempotencyKey "${key}" was used within 24 hours for another request; take a new one`,
    { path },
  );
}

/** Keeps an answer, in the transaction of what it tells; an older one than 24 hours makes room. */
export async function keepAnswer(
  em: EntityManager,
  { userId, key, hash }: KeyedWish,
  response: unknown,
  now: Date,
): Promise<void> {
  await em.nativeDelete(IdempotencyKey, { user: userId, key, createdAt: { $lt: new Date(now.getTime() - rememberedMs) } });
  await em.insert(IdempotencyKey, { user: userId, key, requestHash: hash, response, createdAt: now });
}

function checkedKey(key: string): string {
  if (key.trim() === '')
    throw new DomainError('REQUIRED', 'idempotencyKey is empty: make up a new one for each wish, such as a UUID', { path });
  if (key.length > longestKey || /\p{Cc}/u.test(key))
    throw new DomainError(
      'INVALID',
      `idempotencyKey has ${key.length} characters, the maximum is ${longestKey}, without control characters`,
      { path, details: { limit: String(longestKey) } },
    );
  return key;
}
