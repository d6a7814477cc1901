import { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';

/**
 * Makes connections to one Redis that come back by themselves. A command that is given while there is no connection fails at once: what Redis
 * carries can be lost, and nothing may wait for it. That it is away, and that it is back, is said once each.
 */
export function redisConnections(url: string, logger: Pick<Logger, 'warn' | 'info'>): () => Redis {
  let isAway = false;
  return () => {
    const redis = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: null,
      connectTimeout: 5_000,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    });
    redis.on('ready', () => {
      if (isAway) logger.info('Redis is back: processes wake each other again');
      isAway = false;
    });
    redis.on('error', (error: Error) => {
      if (!isAway) logger.warn({ err: error }, 'Redis does not answer: until it is back, processes find news in the database');
      isAway = true;
    });
    return redis;
  };
}
