import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/config.ts';
import { Dice } from '../simulation/dice.ts';
import { newPostgres } from '../support/databases.ts';
import { redisAnswers, redisUrl } from '../support/redis.ts';
import { chaos, type ChaosOptions } from './campaign.ts';

/* The campaign of `npm run chaos`, small. */

const seed = 7;
const dice = new Dice(seed);
const small: Omit<ChaosOptions, 'databaseUrl' | 'roles'> = {
  clients: 8,
  kills: 1,
  cuts: 25,
  events: 100,
  random: () => dice.roll(),
};
const nothing = { lost: 0, duplicated: 0, outOfOrder: 0, troubles: [] };

const hasRedis = await redisAnswers();

describe(`clients of servers that are killed, over connections that are cut, seed ${seed}`, () => {
  it('miss nothing of one process on SQLite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'candlewick-chaos-'));
    const roles: Role[][] = [['api', 'runner', 'worker']];
    try {
      expect(await chaos({ ...small, databaseUrl: `sqlite:${join(folder, 'chaos.db')}`, roles })).toMatchObject(nothing);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 400_000);

  it.runIf(hasRedis)(
    'miss nothing of two servers and a runner on PostgreSQL with Redis',
    async () => {
      const { url, remove } = await newPostgres();
      try {
        expect(await chaos({ ...small, databaseUrl: url, redisUrl, roles: [['api'], ['api'], ['runner']] })).toMatchObject(
          nothing,
        );
      } finally {
        await remove();
      }
    },
    400_000,
  );
});
