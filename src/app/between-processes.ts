import type { Config } from '../config.ts';
import { redisConnections } from '../services/bus/redis.ts';
import { RedisWakeBus } from '../services/bus/redis-wake-bus.ts';
import { aloneBus, silentBus, type WakeBus, WakeKind } from '../services/bus/wake-bus.ts';
import { BullQueue } from '../services/jobs/bull-queue.ts';
import { elsewhereQueue } from '../services/jobs/elsewhere-queue.ts';
import { InProcessQueue } from '../services/jobs/in-process-queue.ts';
import type { JobQueue } from '../services/jobs/job-queue.ts';
import type { Logger } from '../services/logger.ts';

interface Surroundings {
  /** Tells installations on one Redis apart. */
  readonly installation: string;
  readonly logger: Logger;
}

interface QueueLimits {
  readonly concurrency: number;
  readonly capacity: number;
}

export interface BetweenProcesses {
  readonly bus: WakeBus;
  /** A queue for jobs of kinds that no other queue has. */
  readonly newQueue: (limits: QueueLimits) => JobQueue;
}

/** What this process has to do with others: nothing on a SQLite file, rows on PostgreSQL, and with Redis wake-ups and queues of jobs. */
export function connectProcesses(
  { databaseUrl, redisUrl, roles }: Pick<Config, 'databaseUrl' | 'redisUrl' | 'roles'>,
  { installation, logger }: Surroundings,
): BetweenProcesses {
  if (redisUrl === undefined)
    return {
      bus: databaseUrl.startsWith('sqlite:') ? aloneBus : silentBus,
      newQueue: (limits) => (roles.has('worker') ? new InProcessQueue(limits, logger) : elsewhereQueue),
    };
  const connect = redisConnections(redisUrl, logger);
  const bus = new RedisWakeBus({ installation, connect, logger });
  const tellCanceled = (id: string): void => bus.publish(WakeKind.JOB, id);
  return {
    bus,
    newQueue: (limits) => {
      const queue = new BullQueue({ installation, connect, ...limits, logger, tellCanceled });
      bus.onWake(WakeKind.JOB, (id) => queue.abort(id));
      return queue;
    },
  };
}
