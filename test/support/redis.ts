import { Redis } from 'ioredis';

/** Where tests look for a Redis; they say so when they are skipped for want of one. */
export const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** Whether a Redis answers there. */
export async function redisAnswers(): Promise<boolean> {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: null, connectTimeout: 2_000 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    process.stderr.write(
      `no Redis answers at ${redisUrl}: the tests that need one are skipped; set REDIS_URL or start one there\n`,
    );
    return false;
  } finally {
    redis.disconnect();
  }
}
