import { describe } from 'vitest';
import { redisConnections } from '../../../src/services/bus/redis.ts';
import { newId } from '../../../src/services/ids.ts';
import { BullQueue } from '../../../src/services/jobs/bull-queue.ts';
import { InProcessQueue } from '../../../src/services/jobs/in-process-queue.ts';
import { redisAnswers, redisUrl } from '../../support/redis.ts';
import { describeQueue } from './queue-contract.ts';

function logger(): { errors: object[]; error: (fields: object) => void; warn: () => void; info: () => void } {
  const errors: object[] = [];
  return { errors, error: (fields) => void errors.push(fields), warn: () => undefined, info: () => undefined };
}

function bull(url: string, log: ReturnType<typeof logger>): BullQueue {
  return new BullQueue({
    installation: newId(),
    connect: redisConnections(url, log),
    concurrency: 1,
    capacity: 10,
    logger: log,
    tellCanceled: () => undefined,
  });
}

describeQueue('in this process', () => {
  const log = logger();
  return { queue: new InProcessQueue({ concurrency: 1, capacity: 10 }, log), errors: log.errors };
});

describe.runIf(await redisAnswers())('with Redis', () => {
  describeQueue('on Redis', () => {
    const log = logger();
    return { queue: bull(redisUrl, log), errors: log.errors };
  });
});

// Nothing listens there.
describeQueue('of a process that waits for Redis to come back', () => {
  const log = logger();
  return { queue: bull('redis://127.0.0.1:1', log), errors: log.errors };
});
