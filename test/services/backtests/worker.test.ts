import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Backtest } from '../../../src/entities/research/Backtest.ts';
import { DomainError } from '../../../src/services/errors.ts';
import type { BacktestTaskInput } from '../../../src/services/backtests/backtest-task.ts';
import type { CandleLoader } from '../../../src/services/backtests/coverage.ts';
import { TaskError } from '../../../src/services/jobs/task.ts';
import { ThreadPool } from '../../../src/services/jobs/thread-pool.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { ended, House, wave } from './house.ts';

/** Candles that never come, until the test lets them. */
function gate(): { loader: Partial<CandleLoader>; open: () => void; asked: Promise<void> } {
  let open = (): void => {};
  let ask = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const asked = new Promise<void>((resolve) => (ask = resolve));
  return {
    loader: {
      load: async () => {
        ask();
        await opened;
        return { candles: wave(600) };
      },
    },
    open,
    asked,
  };
}

describeOnEachDatabase('the worker of backtests', (open, dialect) => {
  let house: House;
  let ann: Viewer;

  beforeAll(async () => {
    house = new House(await open());
    await house.seed();
  });
  beforeEach(async () => {
    ann = await house.newViewer();
  });
  afterEach(async () => {
    await house.close();
  });

  /** As if the process that ran it had died some time ago. */
  const abandon = (id: string, silentMs = 3_600_000): Promise<number> =>
    house.database.transaction((em) =>
      em.nativeUpdate(Backtest, { id }, { status: 'RUNNING', progress: 40, updatedAt: new Date(Date.now() - silentMs) }),
    );

  it('pushes progress of a long run, ever rising, and ends with the result', async () => {
    const { service, worker } = house.process({ slowMs: 1_000, timing: { progressMs: 20 } });
    await worker.start();
    const { id } = await service.create(ann, await house.input(ann));
    expect((await ended(service, ann, id)).status).toBe('COMPLETED');
    const told = (await house.told(ann)).map(({ progressPercent }) => progressPercent);
    expect(told.length).toBeGreaterThan(3);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(100);
  });

  it('drops a waiting backtest that is canceled', async () => {
    const { service, worker } = house.process();
    const { id } = await service.create(ann, await house.input(ann));
    expect(await service.cancel(ann, id)).toMatchObject({ status: 'CANCELED', startedAt: null });
    await worker.start();
    const other = await service.create(ann, await house.input(ann));
    await ended(service, ann, other.id);
    expect((await service.get(ann, id)).status).toBe('CANCELED');
    expect((await house.told(ann)).filter((progress) => progress.id === id).map(({ status }) => status)).toEqual([
      'PENDING',
      'CANCELED',
    ]);
  });

  it('stops a running backtest at once when it is canceled, leaves no result, and goes on with the next', async () => {
    const { service, worker } = house.process({ slowMs: 60_000 });
    await worker.start();
    const { id } = await service.create(ann, await house.input(ann));
    await ended(service, ann, id, (status) => status === 'RUNNING');
    expect((await service.cancel(ann, id)).status).toBe('CANCELED');
    const next = await service.create(ann, await house.input(ann));
    await ended(service, ann, next.id, (status) => status === 'RUNNING');
    expect(await service.get(ann, id)).toMatchObject({ status: 'CANCELED', finalCapital: null, resultHash: null, metrics: null });
    expect((await service.tradePages(ann, [id], { first: 1 })).get(id)?.rows).toEqual([]);
    expect((await house.told(ann)).filter((progress) => progress.id === id).at(-1)?.status).toBe('CANCELED');
    expect(house.errors).toEqual([]);
  });

  it('leaves a canceled backtest canceled, also when it is canceled twice, and a finished one finished', async () => {
    const { service, worker } = house.process();
    const { id } = await service.create(ann, await house.input(ann));
    await service.cancel(ann, id);
    expect((await service.cancel(ann, id)).status).toBe('CANCELED');
    await worker.start();
    const done = await service.create(ann, await house.input(ann));
    await ended(service, ann, done.id);
    const error: unknown = await service.cancel(ann, done.id).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({
      code: 'INVALID_TRANSITION',
      message: 'the backtest is COMPLETED already, it cannot be canceled',
      details: { from: 'COMPLETED', to: 'CANCELED' },
    });
    expect((await service.get(ann, done.id)).status).toBe('COMPLETED');
  });

  it('notices that a backtest was canceled by another process', async () => {
    const api = house.process();
    const runner = house.process({ slowMs: 60_000, timing: { heartbeatMs: 20 } });
    await runner.worker.start();
    const { id } = await runner.service.create(ann, await house.input(ann));
    await ended(runner.service, ann, id, (status) => status === 'RUNNING');
    await api.service.cancel(ann, id);
    const next = await runner.service.create(ann, await house.input(ann));
    // The only thread is free again.
    await ended(runner.service, ann, next.id, (status) => status === 'RUNNING');
    expect(await runner.service.get(ann, id)).toMatchObject({ status: 'CANCELED', finalCapital: null });
  });

  it.each<[string, Parameters<House['process']>[0], RegExp]>([
    [
      'takes too long',
      { deadlineMs: 1 },
      /^the backtest was stopped: it took longer than the 0\.001 seconds that one job may take$/,
    ],
    [
      'loses its thread',
      { pool: { run: () => Promise.reject(new TaskError('CRASHED', 'the worker thread ended unexpectedly with code 139')) } },
      /^the backtest was stopped: the worker thread ended unexpectedly with code 139$/,
    ],
    [
      'needs too much memory',
      {
        pool: {
          run: () =>
            Promise.reject(new TaskError('OUT_OF_MEMORY', 'it needed more than the 512 MiB of memory that one job may use')),
        },
      },
      /^the backtest was stopped: it needed more than the 512 MiB of memory that one job may use$/,
    ],
    [
      'cannot load its candles',
      { candles: { load: () => Promise.reject(new Error('disk on fire')) } },
      /^an internal error stopped the backtest; it has been logged$/,
    ],
    [
      'gets candles that cannot be',
      { candles: { load: async () => ({ candles: { ...wave(600), low: wave(600).high.map((x) => x + 9) } }) } },
      /candle 0 of 2024-01-01/,
    ],
  ])('fails one that %s, with a sentence, and goes on', async (_name, options, reason) => {
    house.errors.length = 0;
    const { service, worker, stop } = house.process(options);
    await worker.start();
    const { id } = await service.create(ann, await house.input(ann));
    const failed = await ended(service, ann, id);
    expect(failed).toMatchObject({ status: 'FAILED', finalCapital: null, error: expect.stringMatching(reason) });
    expect((await house.told(ann)).at(-1)).toMatchObject({ status: 'FAILED', failureReason: failed.error });
    expect(house.errors.length > 0).toBe(failed.error?.includes('logged') ?? false);
    await stop();
  });

  it('hands the same shared columns to every thread, looked through once; a plugin a copy of its own', async () => {
    const given: BacktestTaskInput[] = [];
    const pool = new ThreadPool({ size: 1, memoryMb: 128, columnsMb: 256, deadlineMs: 100_000 });
    const { service, worker } = house.process({
      pool: {
        run: (task, input, options) => {
          given.push(input as BacktestTaskInput);
          return pool.run(task, input, options);
        },
      },
    });
    const rows = [];
    for (let i = 0; i < 3; i++) rows.push(await service.create(ann, await house.input(ann)));
    const plugin = rows[2];
    await house.database.transaction((em) =>
      em.nativeUpdate(Backtest, { id: plugin.id }, { strategySnapshot: { ...plugin.strategySnapshot, kind: 'PLUGIN' } }),
    );
    await worker.start();
    const results = [];
    for (const { id } of rows) results.push(await ended(service, ann, id));
    await pool.close();
    expect(new Set(results.map(({ resultHash }) => resultHash)).size).toBe(1);
    const columns = given.map(({ markets: [{ candles }] }) => ('candles' in candles ? candles.candles.close : candles.close));
    const fingerprints = given.map(({ markets: [{ candles }] }) => ('fingerprint' in candles ? candles.fingerprint : undefined));
    expect(columns[0]?.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(columns[1]).toBe(columns[0]);
    expect(columns[2]).toEqual(columns[0]);
    expect(columns[2]?.buffer).not.toBe(columns[0]?.buffer);
    const known = results[0].dataFingerprint;
    expect(fingerprints).toEqual([undefined, known, known]);
  });

  it('fails what a dead process left running, with a sentence, when it starts', async () => {
    const { service, worker } = house.process();
    const { id } = await service.create(ann, await house.input(ann));
    await service.cancel(ann, id);
    await abandon(id);
    await worker.start();
    expect(await service.get(ann, id)).toMatchObject({
      status: 'FAILED',
      error: 'the server stopped while this backtest was running; start it again',
      finishedAt: expect.any(Date),
    });
  });

  it('queues what waited in a dead process when it starts', async () => {
    const dead = house.process();
    const { id } = await dead.service.create(ann, await house.input(ann));
    await dead.stop();
    const { service, worker } = house.process();
    await worker.start();
    expect((await ended(service, ann, id)).status).toBe('COMPLETED');
  });

  // A SQLite file belongs to one process; PostgreSQL is shared by several.
  if (dialect === 'postgresql') {
    it('leaves alone what another living process runs', async () => {
      const { service, worker } = house.process();
      const { id } = await service.create(ann, await house.input(ann));
      await abandon(id, 1_000);
      await worker.start();
      expect((await service.get(ann, id)).status).toBe('RUNNING');
      await worker.sweep(500);
      expect((await service.get(ann, id)).status).toBe('FAILED');
    });

    it('runs a backtest once, however many processes it is delivered to', async () => {
      const gates = gate();
      const first = house.process({ candles: gates.loader });
      const second = house.process();
      await first.worker.start();
      const { id } = await first.service.create(ann, await house.input(ann));
      await gates.asked;
      await second.worker.start();
      await second.queue.enqueue({ id, kind: 'backtest', userId: ann.userId });
      // One thread, in order: when this one has ended, the second process has had its turn with the first one too.
      const other = await second.service.create(ann, await house.input(ann));
      await ended(second.service, ann, other.id);
      gates.open();
      expect((await ended(first.service, ann, id)).status).toBe('COMPLETED');
      const states = (await house.told(ann)).filter((progress) => progress.id === id).map(({ status }) => status);
      expect([...new Set(states)]).toEqual(['PENDING', 'RUNNING', 'COMPLETED']);
      expect(states.filter((state) => state === 'COMPLETED')).toHaveLength(1);
    });
  }

  it('keeps a running backtest alive by signs of life', async () => {
    const slow = house.process({ slowMs: 60_000, timing: { heartbeatMs: 20, progressMs: 1e9 } });
    await slow.worker.start();
    const running = await slow.service.create(ann, await house.input(ann));
    await ended(slow.service, ann, running.id, (status) => status === 'RUNNING');
    const before = (await slow.service.get(ann, running.id)).updatedAt;
    const updatedAt = async (): Promise<number> => (await slow.service.get(ann, running.id)).updatedAt.getTime();
    await expect.poll(updatedAt).toBeGreaterThan(before.getTime());
  });

  it('puts what it was running back in line when the process shuts down, and the next one finishes it', async () => {
    const first = house.process({ slowMs: 60_000 });
    await first.worker.start();
    const { id } = await first.service.create(ann, await house.input(ann));
    await ended(first.service, ann, id, (status) => status === 'RUNNING');
    await first.stop();
    expect(await first.service.get(ann, id)).toMatchObject({ status: 'PENDING', startedAt: null, progress: 0 });
    const second = house.process();
    await second.worker.start();
    expect((await ended(second.service, ann, id)).status).toBe('COMPLETED');
  });

  it('finds by itself what no queue knows of', async () => {
    const api = house.process();
    const { service, worker } = house.process({ timing: { sweepMs: 50 } });
    await worker.start();
    const { id } = await api.service.create(ann, await house.input(ann));
    expect((await ended(service, ann, id)).status).toBe('COMPLETED');
  });
});
