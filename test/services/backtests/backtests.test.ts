import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BacktestTrade } from '../../../src/entities/research/BacktestTrade.ts';
import { DomainError } from '../../../src/services/errors.ts';
import { newId } from '../../../src/services/ids.ts';
import { type CreateBacktest, mostActive } from '../../../src/services/backtests/backtest-service.ts';
import { storedOptions } from '../../../src/services/backtests/read-input.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import { runBacktest } from '../../../src/trading/backtest.ts';
import { decimal } from '../../../src/trading/money.ts';
import { resample } from '../../../src/trading/resample.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { ended, House, start, wave } from './house.ts';

const hour = 3_600_000;

async function failure(promise: Promise<unknown>): Promise<Pick<DomainError, 'code' | 'message' | 'path' | 'details'>> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof DomainError)) throw new Error(`expected a DomainError, got ${String(error)}`);
  const { code, message, path, details } = error;
  return { code, message, path, details };
}

describeOnEachDatabase('backtests', (open) => {
  let house: House;
  let ann: Viewer;
  let bob: Viewer;

  beforeAll(async () => {
    house = new House(await open());
    await house.seed();
  });
  beforeEach(async () => {
    [ann, bob] = await Promise.all([house.newViewer(), house.newViewer()]);
  });
  afterEach(async () => {
    await house.close();
  });

  it('give exactly what the engine gives on the same candles', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const options = {
      initialCapital: decimal('5000'),
      feePercent: decimal('0.05'),
      stopLossPercent: decimal('2'),
      fillAt: 'NEXT_OPEN',
    };
    const created = await service.create(ann, await house.input(ann, { name: ' May ', parameters: { emaFast: 5 }, options }));
    expect(created).toMatchObject({
      name: 'May',
      status: 'PENDING',
      progress: 0,
      finalCapital: null,
      notes: { candles: 600, missingCandles: 0 },
    });
    const backtest = await ended(service, ann, created.id);

    const expected = runBacktest(wave(600), {
      strategy: 'ema-rsi',
      parameters: { emaFast: 5 },
      timeframe: 'H1',
      initialCapital: 5_000,
      feePercent: 0.05,
      stopLossPercent: 2,
    });
    expect(expected.trades.length).toBeGreaterThan(5);
    expect(backtest).toMatchObject({
      status: 'COMPLETED',
      progress: 100,
      error: null,
      finalCapital: expected.finalCapital,
      resultHash: expected.resultHash,
      dataFingerprint: expected.dataFingerprint,
      metrics: { ...expected.metrics, undefinedMetrics: expected.undefinedMetrics },
      parameters: { ...expected.strategy.parameters },
      initialCapital: '5000',
      feePercent: '0.05',
      strategySnapshot: { kind: 'BUILT_IN', definition: { name: 'ema-rsi' }, parameters: { ...expected.strategy.parameters } },
      notes: { ambiguousCandles: expected.ambiguousCandles, profitBand: { ...expected.profitBand } },
    });
    expect(storedOptions(backtest)).toEqual(expected.options);
    expect(backtest.startedAt?.getTime()).toBeLessThanOrEqual(backtest.finishedAt?.getTime() ?? 0);
    expect(backtest.monthlyResults).toHaveLength(1);
    expect(backtest.dailyResults).toHaveLength(25);

    const pages = await service.tradePages(ann, [backtest.id], { first: 1_000 });
    expect(
      pages
        .get(backtest.id)
        ?.rows.map((trade) => [trade.entryTime.getTime(), trade.exitTime.getTime(), trade.pnl, trade.exitReason]),
    ).toEqual(expected.trades.map((trade) => [trade.entryTime, trade.exitTime, trade.pnl, trade.exitReason]));
    const curve = (await service.equityCurves(ann, [backtest.id], 5_000)).get(backtest.id);
    expect(curve?.at(-1)).toMatchObject({ at: start + 599 * hour, equity: expected.finalCapital });
    expect(Math.max(...(curve ?? []).map((point) => point.drawdownPercent))).toBeCloseTo(expected.metrics.maxDrawdownPercent, 9);
  });

  it('tell each step to their owner, and nothing to others', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const { id } = await service.create(ann, await house.input(ann));
    await ended(service, ann, id);
    const told = await house.told(ann);
    // On a slow machine progress is told in between.
    const steps = told.filter(({ status, progressPercent }) => status !== 'RUNNING' || progressPercent === 0);
    expect(steps.map(({ status, progressPercent }) => [status, progressPercent])).toEqual([
      ['PENDING', 0],
      ['RUNNING', 0],
      ['COMPLETED', 100],
    ]);
    for (const progress of told) expect(progress).toMatchObject({ kind: 'BACKTEST', id, failureReason: null });
    expect(told.map(({ version }) => version)).toEqual(told.map((_step, index) => index + 1));
    expect(await house.told(bob)).toEqual([]);
  });

  it('pages trades of several at once, forwards and on', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const ids = [];
    for (const emaFast of [5, 9]) ids.push((await service.create(ann, await house.input(ann, { parameters: { emaFast } }))).id);
    for (const id of ids) await ended(service, ann, id);
    const first = await service.tradePages(ann, ids, { first: 3 });
    expect(ids.map((id) => first.get(id)?.rows.map(({ ordinal }) => ordinal))).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    const page = first.get(ids[0]);
    const second = await service.tradePages(ann, [ids[0]], { first: 2, after: page?.cursorOf(page.rows[2]) });
    expect(second.get(ids[0])?.rows.map(({ ordinal }) => ordinal)).toEqual([3, 4]);
    expect((await service.tradePages(bob, ids, { first: 3 })).get(ids[0])?.rows).toEqual([]);
  });

  it('tell at once what the candles lack', async () => {
    const key = { exchange: 'binance', symbol: 'GAP/USDT', timeframe: 'H1' } as const;
    await house.database.transaction((em) => house.catalogue.ensureMarket(em, key.exchange, key.symbol));
    await house.store.upsert(key, wave(50));
    await house.store.upsert(key, wave(100, start + 60 * hour));
    const { service, worker } = house.process();
    const market = { exchange: key.exchange, symbol: key.symbol };
    const created = await service.create(ann, await house.input(ann, { market }));
    const gaps = [{ from: start + 50 * hour, to: start + 60 * hour, missing: 10 }];
    expect(created.notes).toMatchObject({ candles: 150, missingCandles: 10, gaps });
    await worker.start();
    expect((await ended(service, ann, created.id)).notes).toMatchObject({ candles: 150, missingCandles: 10, gaps });
    const strict = await house.input(ann, { market, options: { maxMissingPercent: decimal('5') } });
    expect(await failure(service.create(ann, strict))).toMatchObject({
      code: 'INVALID',
      path: ['input', 'maxMissingPercent'],
      message: '10 of 160 candles of GAP/USDT are missing (6.25 %), more than maxMissingPercent 5',
    });
    expect(house.errors).toEqual([]);
  });

  it('let finer candles decide, with the fill model DETAIL', async () => {
    const key = { exchange: 'binance', symbol: 'FINE/USDT', timeframe: 'M30' } as const;
    await house.database.transaction((em) => house.catalogue.ensureMarket(em, key.exchange, key.symbol));
    const fine = wave(1_200);
    for (let i = 0; i < fine.openTime.length; i++) fine.openTime[i] = start + (i * hour) / 2;
    await house.store.upsert(key, fine);
    const { service, worker } = house.process();
    await worker.start();
    const market = { exchange: key.exchange, symbol: key.symbol };
    const options = { fillModel: 'DETAIL', stopLossPercent: decimal('0.5'), takeProfitPercent: decimal('0.5') };
    const created = await service.create(ann, await house.input(ann, { market, options, detailTimeframe: 'M30' }));
    const backtest = await ended(service, ann, created.id);
    expect(backtest.status).toBe('COMPLETED');
    const candles = resample(fine, 'M30', 'H1').candles;
    const spec = { strategy: 'ema-rsi', timeframe: 'H1', stopLossPercent: 0.5, takeProfitPercent: 0.5 } as const;
    const expected = runBacktest(candles, { ...spec, fillModel: 'DETAIL', detail: { candles: fine, timeframe: 'M30' } });
    expect(backtest.resultHash).toBe(expected.resultHash);
    expect(backtest.notes?.markets?.[0].detailFingerprint).toBe(expected.detailFingerprint);
    expect(expected.resultHash).not.toBe(runBacktest(candles, spec).resultHash);

    const found = await ended(service, ann, (await service.create(ann, await house.input(ann, { market, options }))).id);
    expect(found.options).toMatchObject({ detailTimeframe: 'M30' });
    expect(found.resultHash).toBe(expected.resultHash);
  });

  it('let the finest candles over the same time decide, with the fill model DETAIL, or say that there are none', async () => {
    const minutes = { M1: 1, M5: 5, M15: 15, H1: 60 } as const;
    const market = { exchange: 'binance', symbol: 'FINEST/USDT' };
    await house.database.transaction((em) => house.catalogue.ensureMarket(em, market.exchange, market.symbol));
    const write = (timeframe: keyof typeof minutes, hours: number, fromHour = 0): Promise<number> => {
      const candles = wave((hours * 60) / minutes[timeframe]);
      const openTime = candles.openTime.map((_, i) => start + fromHour * hour + i * minutes[timeframe] * 60_000);
      return house.store.upsert({ ...market, timeframe }, { ...candles, openTime });
    };
    await write('H1', 100);
    // Minutes came later than the hours.
    await write('M1', 90, 10);
    const { service } = house.process();
    const create = async (changes: Partial<CreateBacktest> = {}): Promise<unknown> => {
      const input = await house.input(ann, { market, options: { fillModel: 'DETAIL' }, ...changes });
      return (await service.create(ann, input)).options['detailTimeframe'];
    };
    await expect(create()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      path: ['input', 'detailTimeframe'],
      message:
        'there are no finer candles of binance FINEST/USDT than 1h that reach over the same time; there are 1h from 2024-01-01T00:00Z to 2024-01-05T03:00Z, 1m from 2024-01-01T10:00Z to 2024-01-05T03:59Z',
    });
    await write('M15', 100);
    expect(await create()).toBe('M15');
    await write('M5', 100);
    expect(await create()).toBe('M5');
    expect(await create({ from: new Date(start + 10 * hour) })).toBe('M1');
    expect(await create({ detailTimeframe: 'M1' })).toBe('M1');
    expect(await create({ timeframe: 'H4' })).toBe('M5');
  });

  describe('are refused, and nothing is kept, with', () => {
    const valid = { initialCapital: decimal('10000') };
    it.each<[string, Partial<CreateBacktest>, { code: string; path: string[]; message: RegExp }]>([
      ['a blank name', { name: ' ' }, { code: 'REQUIRED', path: ['input', 'name'], message: /is empty/ }],
      [
        'an end before the beginning',
        { from: new Date(start + hour), to: new Date(start) },
        {
          code: 'INVALID',
          path: ['input', 'from'],
          message: /from 2024-01-01T01:00:00\.000Z must be before to 2024-01-01T00:00:00\.000Z/,
        },
      ],
      [
        'an unknown exchange',
        { market: { exchange: 'nowhere', symbol: 'BTC/USDT' } },
        { code: 'NOT_FOUND', path: ['input', 'market'], message: /nowhere/ },
      ],
      [
        'funding on spot',
        { options: { fundingRatePercent: 0.01 } },
        { code: 'INVALID', path: ['input', 'fundingRatePercent'], message: /only FUTURES have funding/ },
      ],
      [
        'an unknown market',
        { market: { exchange: 'binance', symbol: 'NO/SUCH' } },
        { code: 'NOT_FOUND', path: ['input', 'market'], message: /binance has no market NO\/SUCH/ },
      ],
      [
        'an unknown market id',
        { market: { id: newId() } },
        { code: 'NOT_FOUND', path: ['input', 'market'], message: /no market/ },
      ],
      [
        'a time without candles',
        { from: new Date(start + 1_000 * hour), to: new Date(start + 2_000 * hour) },
        {
          code: 'NOT_FOUND',
          path: ['input', 'from'],
          message: /no candles of binance BTC\/USDT 1h from .*; there are 1h from 2024-01-01T00:00Z to 2024-01-25T23:00Z/,
        },
      ],
      [
        'one candle',
        { from: new Date(start), to: new Date(start + hour) },
        { code: 'INVALID', path: ['input', 'from'], message: /has 1 1h candle of BTC\/USDT, a backtest needs at least 2/ },
      ],
      [
        'a look-back longer than the period',
        { parameters: { emaSlow: 5_000 } },
        {
          code: 'INVALID',
          path: ['input', 'parameters'],
          message: /"ema-rsi" needs 5001 candles before it decides, its slowest indicator being EMA\(5000\); there are only 600/,
        },
      ],
      [
        'a look-back beyond its limit',
        { parameters: { emaSlow: 5_001 } },
        { code: 'INVALID', path: ['input', 'parameters', 'emaSlow'], message: /emaSlow 5001 .* exceeds its limit 5000/ },
      ],
      [
        'an unknown parameter',
        { parameters: { emaFst: 3 } },
        { code: 'INVALID', path: ['input', 'parameters', 'emaFst'], message: /no parameter "emaFst"/ },
      ],
      [
        'a parameter that contradicts the strategy’s',
        { parameters: { emaFast: 50 } },
        { code: 'INVALID', path: ['input', 'parameters'], message: /emaFast 50/ },
      ],
      [
        'leverage on spot',
        { options: { leverage: decimal('3') } },
        { code: 'INVALID', path: ['input', 'leverage'], message: /leverage 3 needs marketType FUTURES/ },
      ],
      [
        'no capital',
        { options: { initialCapital: decimal('0') } },
        { code: 'INVALID', path: ['input', 'initialCapital'], message: /initialCapital 0 .*must be (above|at least)/ },
      ],
      [
        'a fee that no column holds',
        { options: { ...valid, feePercent: decimal('0.0000000000000000001') } },
        { code: 'INVALID', path: ['input', 'feePercent'], message: /19 digits after the point/ },
      ],
      [
        'a wild stop',
        { options: { stopLossPercent: decimal('100') } },
        { code: 'INVALID', path: ['input', 'stopLossPercent'], message: /exceeds its limit 99\.99/ },
      ],
      [
        'an unknown fill model',
        { options: { fillModel: 'LUCKY' } },
        { code: 'INVALID', path: ['input', 'fillModel'], message: /must be one of PESSIMISTIC/ },
      ],
      [
        'two sizes',
        { options: { positionSizePercent: decimal('5'), positionSizeFixed: decimal('5') } },
        { code: 'INVALID', path: ['input', 'positionSizeFixed'], message: /not both/ },
      ],
    ])('%s', async (_name, changes, { code, path, message }) => {
      const { service } = house.process();
      const error = await failure(service.create(ann, await house.input(ann, changes)));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect((error.path ?? []).slice(0, path.length)).toEqual(path);
      expect(await service.count(ann)).toEqual({ value: 0, exact: true });
      expect(await house.told(ann)).toEqual([]);
    });

    it('somebody else’s strategy, or an archived one', async () => {
      const { service } = house.process();
      const input = await house.input(ann);
      expect(await failure(service.create(bob, input))).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'strategyId'] });
      await house.strategies.setStatus(ann, input.strategyId, 'INACTIVE');
      expect(await failure(service.create(ann, input))).toMatchObject({
        code: 'INVALID',
        message: expect.stringContaining('is archived: restore it first'),
      });
    });

    it('too many waiting already', async () => {
      const { service } = house.process();
      const input = await house.input(ann);
      for (let i = 0; i < mostActive; i++) await service.create(ann, input);
      expect(await failure(service.create(ann, input))).toMatchObject({
        code: 'THROTTLED',
        message: '20 of your backtests wait or run, the maximum is 20: wait for one, or cancel one',
      });
      expect((await service.create(bob, await house.input(bob))).status).toBe('PENDING');
    });
  });

  it('are nobody else’s', async () => {
    const { service } = house.process();
    const { id } = await service.create(ann, await house.input(ann));
    expect(await failure(service.get(bob, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await failure(service.cancel(bob, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect((await service.byIds(bob, [id])).size).toBe(0);
    expect((await service.page(bob, {})).rows).toEqual([]);
    expect((await service.equityCurves(bob, [id], 100)).size).toBe(0);
    expect((await service.get(ann, id)).status).toBe('PENDING');
  });

  it('have an empty curve and no trades before their end', async () => {
    const { service } = house.process();
    const { id } = await service.create(ann, await house.input(ann));
    expect((await service.equityCurves(ann, [id], 100)).get(id)).toEqual([]);
    expect((await service.tradePages(ann, [id], { first: 5 })).get(id)?.rows).toEqual([]);
    expect(await failure(service.equityCurves(ann, [id], 5_001))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: 'maxPoints is 5001, it must be from 2 to 5000',
    });
  });

  it('keep thousands of trades', async () => {
    const key = { exchange: 'binance', symbol: 'SAW/USDT', timeframe: 'M1' } as const;
    await house.database.transaction((em) => house.catalogue.ensureMarket(em, key.exchange, key.symbol));
    const saw = wave(12_000);
    for (let i = 0; i < saw.openTime.length; i++) {
      saw.openTime[i] = start + i * 60_000;
      saw.close[i] = 100 + 10 * Math.sin(i * 1.3);
      saw.open[i] = i === 0 ? 100 : saw.close[i - 1];
      saw.high[i] = 111;
      saw.low[i] = 89;
    }
    await house.store.upsert(key, saw);
    const { service, worker } = house.process();
    await worker.start();
    const created = await service.create(
      ann,
      await house.input(
        ann,
        {
          market: { exchange: key.exchange, symbol: key.symbol },
          timeframe: 'M1',
          parameters: { fastPeriod: 1, slowPeriod: 3 },
          options: { positionSizePercent: decimal('1') },
        },
        'sma-cross',
      ),
    );
    const backtest = await ended(service, ann, created.id);
    expect(backtest.status).toBe('COMPLETED');
    const trades = backtest.metrics?.trades ?? 0;
    expect(trades).toBeGreaterThan(2_000);
    expect(await house.database.rows(ann.userId).countUpTo(BacktestTrade)).toEqual({ value: trades, exact: true });
  });
});
