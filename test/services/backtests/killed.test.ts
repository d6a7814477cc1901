import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/services/database/index.ts';
import { newPostgres, newSqlite } from '../../support/databases.ts';
import { ended, House } from './house.ts';

const victim = new URL('./victim.ts', import.meta.url).pathname;

describe.each([
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
])('after kill -9 in the middle of a backtest, on %s,', (_name, newDatabase) => {
  it('the next process fails what ran, with a sentence, and runs what waited', async () => {
    const { url, remove } = await newDatabase();
    const house = new House(await openDatabase({ url }));
    try {
      await house.seed();
      const ann = await house.newViewer();
      const child = spawn(process.execPath, ['--import', 'tsx', victim, url, ann.userId], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      const { running, waiting } = JSON.parse(line) as { running: string; waiting: string };
      child.kill('SIGKILL');
      await once(child, 'exit');

      const { service, worker } = house.process();
      expect((await service.get(ann, running)).status).toBe('RUNNING');
      await worker.sweep(0);
      await worker.start();
      expect(await service.get(ann, running)).toMatchObject({
        status: 'FAILED',
        error: 'the server stopped while this backtest was running; start it again',
        finalCapital: null,
      });
      expect((await ended(service, ann, waiting)).status).toBe('COMPLETED');
      // On a slow machine progress is told in between.
      const states = async (id: string): Promise<string[]> => [
        ...new Set((await house.told(ann)).filter((progress) => progress.id === id).map(({ status }) => status)),
      ];
      expect((await states(running)).at(-1)).toBe('FAILED');
      expect(await states(waiting)).toEqual(['PENDING', 'RUNNING', 'COMPLETED']);
    } finally {
      await house.close();
      await house.database.close();
      await remove();
    }
  });
});
