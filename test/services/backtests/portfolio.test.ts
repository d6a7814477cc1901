import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CreateBacktest } from '../../../src/services/backtests/backtest-service.ts';
import { DomainError } from '../../../src/services/errors.ts';
import type { Viewer } from '../../../src/services/viewer.ts';
import type { Candles } from '../../../src/trading/candle.ts';
import { storedDetailOf } from '../../../src/services/backtests/read-input.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { decimal } from '../../../src/trading/money.ts';
import { runPortfolioBacktest } from '../../../src/trading/portfolio/run.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { ended, House, start, wave } from './house.ts';

const hour = 3_600_000;
const second = wave(400, start + 7 * hour);
const [btc, eth] = ['BTC/USDT', 'ETH/USDT'].map((symbol) => ({ exchange: 'binance', symbol }));

/** A candle that says what the one before said, and one that reaches far away and comes back. */
function spoiled(): Candles {
  const candles = wave(300);
  for (const column of ['open', 'high', 'low', 'close'] as const) candles[column][200] = candles[column][199];
  candles.high[250] = 900;
  return candles;
}

/** The same candles, each cut into parts of one length: the way from open to close over high and low. */
function halves({ openTime, open, high, low, close }: Candles, parts: 2 | 4): Candles {
  return candlesOf(
    Array.from(openTime).flatMap((time, i) => {
      const way = parts === 2 ? [open[i], low[i], close[i]] : [open[i], low[i], high[i], high[i], close[i]];
      return Array.from({ length: parts }, (_, part) => {
        const [from, to] = [way[part], way[part + 1]];
        const top = parts === 2 && part === 1 ? high[i] : Math.max(from, to);
        return {
          openTime: time + (part * hour) / parts,
          open: from,
          high: top,
          low: Math.min(from, to),
          close: to,
          volume: 10 / parts,
        };
      });
    }),
  );
}

describeOnEachDatabase('backtests over several markets', (open) => {
  let house: House;
  let ann: Viewer;

  beforeAll(async () => {
    house = new House(await open());
    await house.seed();
    const { catalogue, database, store } = house;
    for (const [exchange, symbol, candles] of [
      ['binance', 'ETH/USDT', second],
      ['binance', 'ETH/BTC', second],
      ['binance', 'BAD/USDT', spoiled()],
      ['kraken', 'BTC/USDT', second],
    ] as const) {
      await database.transaction((em) => catalogue.ensureMarket(em, exchange, symbol));
      await store.upsert({ exchange, symbol, timeframe: 'H1' }, candles);
    }
  });
  beforeEach(async () => {
    ann = await house.newViewer();
  });
  afterEach(async () => {
    await house.close();
  });

  const portfolio = async (changes: Partial<CreateBacktest>): Promise<CreateBacktest> =>
    house.input(ann, { market: null, markets: [btc, eth], ...changes });

  it('give exactly what the engine gives, market by market, and the same the second time', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const options = { positionSizePercent: decimal('60'), stopLossPercent: decimal('2') };
    const input = await portfolio({ options, maxOpenPositions: 1 });
    const created = await service.create(ann, input);
    expect(created).toMatchObject({ symbols: ['BTC/USDT', 'ETH/USDT'], notes: { candles: 1_000, missingCandles: 0 } });
    const backtest = await ended(service, ann, created.id);
    const expected = runPortfolioBacktest({
      strategy: 'ema-rsi',
      timeframe: 'H1',
      positionSizePercent: 60,
      stopLossPercent: 2,
      maxOpenPositions: 1,
      markets: [
        { symbol: 'BTC/USDT', candles: wave(600) },
        { symbol: 'ETH/USDT', candles: second },
      ],
    });
    expect(backtest).toMatchObject({
      status: 'COMPLETED',
      finalCapital: expected.finalCapital,
      resultHash: expected.resultHash,
      dataFingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
      metrics: { ...expected.metrics },
    });
    const told = ({ symbol, trades, realizedPnl, refusals, dataFingerprint }: (typeof expected.markets)[number]) => ({
      symbol,
      trades,
      realizedPnl,
      refusals,
      dataFingerprint,
    });
    expect(backtest.notes?.markets).toMatchObject(expected.markets.map(told));
    const { rows = [] } = (await service.tradePages(ann, [backtest.id], { first: 1_000 })).get(backtest.id) ?? {};
    expect(rows.map(({ symbol, pnl }) => [symbol, pnl])).toEqual(expected.trades.map(({ symbol, pnl }) => [symbol, pnl]));
    expect(new Set(rows.map(({ symbol }) => symbol))).toEqual(new Set(['BTC/USDT', 'ETH/USDT']));
    const curve = (await service.equityCurves(ann, [backtest.id], 5_000)).get(backtest.id);
    expect(curve?.at(-1)?.equity).toBe(expected.finalCapital);
    const again = await ended(service, ann, (await service.create(ann, input)).id);
    expect([again.resultHash, again.dataFingerprint]).toEqual([backtest.resultHash, backtest.dataFingerprint]);
  });

  it('of one market give what that market alone gives', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const [alone, listed] = [await house.input(ann), await portfolio({ markets: [btc] })];
    const one = await ended(service, ann, (await service.create(ann, alone)).id);
    const other = await ended(service, ann, (await service.create(ann, listed)).id);
    expect([other.resultHash, other.dataFingerprint]).toEqual([one.resultHash, one.dataFingerprint]);
  });

  it('let the finest candles that each market has decide inside the others', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const key = { exchange: 'binance', symbol: 'BTC/USDT' } as const;
    const finer = { BTC: halves(wave(600), 4), ETH: halves(second, 2) };
    await house.store.upsert({ ...key, timeframe: 'M15' }, finer.BTC);
    await house.store.upsert({ ...key, symbol: 'ETH/USDT', timeframe: 'M30' }, finer.ETH);
    const stops = { stopLossPercent: 2, takeProfitPercent: 2, positionSizePercent: 60, fillModel: 'DETAIL' } as const;
    const options = {
      ...stops,
      stopLossPercent: decimal('2'),
      takeProfitPercent: decimal('2'),
      positionSizePercent: decimal('60'),
    };
    const backtest = await ended(service, ann, (await service.create(ann, await portfolio({ options }))).id);
    const { resultHash } = runPortfolioBacktest({
      strategy: 'ema-rsi',
      timeframe: 'H1',
      ...stops,
      markets: [
        { symbol: 'BTC/USDT', candles: wave(600), detail: { candles: finer.BTC, timeframe: 'M15' } },
        { symbol: 'ETH/USDT', candles: second, detail: { candles: finer.ETH, timeframe: 'M30' } },
      ],
    });
    expect(backtest).toMatchObject({ status: 'COMPLETED', error: null, resultHash });
    expect([0, 1].map((place) => storedDetailOf(backtest, place))).toEqual(['M15', 'M30']);
    const given = await service
      .create(ann, await portfolio({ options, detailTimeframe: 'M15' }))
      .catch((error: unknown) => error);
    expect(given).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'detailTimeframe'] });
  });

  it('are canceled while they run, and leave nothing', async () => {
    const { service, worker } = house.process({ slowMs: 60_000 });
    await worker.start();
    const { id } = await service.create(ann, await portfolio({}));
    await ended(service, ann, id, (status) => status === 'RUNNING');
    await service.cancel(ann, id);
    expect(await service.get(ann, id)).toMatchObject({ status: 'CANCELED', finalCapital: null });
    expect((await service.tradePages(ann, [id], { first: 5 })).get(id)?.rows).toEqual([]);
  });

  it('mark candles beyond a threshold, or refuse to run on them', async () => {
    const { service, worker } = house.process();
    await worker.start();
    const bad = { markets: [{ exchange: 'binance', symbol: 'BAD/USDT' }] };
    const strict = { qualityDuplicatePercent: decimal('0.1') };
    const marked = await ended(service, ann, (await service.create(ann, await portfolio({ ...bad, options: strict }))).id);
    expect(marked).toMatchObject({
      status: 'COMPLETED',
      notes: {
        outlierCandles: 1,
        duplicateCandles: 1,
        qualityIssues: [
          { kind: 'OUTLIERS', symbol: 'BAD/USDT', candles: 1, limitPercent: 0.1 },
          { kind: 'DUPLICATES', symbol: 'BAD/USDT', candles: 1, limitPercent: 0.1 },
        ],
      },
    });
    const refusing = await portfolio({ ...bad, options: { ...strict, qualityAction: 'REFUSE' } });
    expect(await ended(service, ann, (await service.create(ann, refusing)).id)).toMatchObject({
      status: 'FAILED',
      error: '1 candles of BAD/USDT look like bad ticks (0.33 %), more than qualityOutlierPercent 0.1',
    });
  });

  it.each<[string, Partial<CreateBacktest>, object]>([
    ['neither market nor markets', { markets: null }, { code: 'REQUIRED', path: ['input', 'market'] }],
    ['both', { market: btc }, { code: 'INVALID', path: ['input', 'markets'] }],
    ['no market', { markets: [] }, { path: ['input', 'markets'], message: 'a backtest has from 1 to 100 markets, not 0' }],
    ['too many', { markets: Array.from({ length: 101 }, () => btc) }, { path: ['input', 'markets'] }],
    ['one twice', { markets: [btc, btc] }, { path: ['input', 'markets', '1'], message: 'BTC/USDT stands in the list twice' }],
    ['an unknown one', { markets: [btc, { ...btc, symbol: 'NO/NO' }] }, { code: 'NOT_FOUND', path: ['input', 'markets', '1'] }],
    ['two exchanges', { markets: [btc, { ...btc, exchange: 'kraken' }] }, { path: ['input', 'markets', '1'] }],
    ['two currencies', { markets: [btc, { ...btc, symbol: 'ETH/BTC' }] }, { path: ['input', 'markets', '1'] }],
    ['0 positions', { maxOpenPositions: 0 }, { path: ['input', 'maxOpenPositions'] }],
    ['half a position', { maxOpenPositions: 0.5 }, { path: ['input', 'maxOpenPositions'] }],
    [
      'a time without candles of one of them',
      { from: new Date(start), to: new Date(start + 7 * hour) },
      { code: 'NOT_FOUND', path: ['input', 'markets', '1'] },
    ],
    ['an absurd threshold', { options: { qualityOutlierPercent: decimal('101') } }, { path: ['input', 'qualityOutlierPercent'] }],
    ['an unknown action', { options: { qualityAction: 'HOPE' } }, { path: ['input', 'qualityAction'] }],
  ])('refuse %s, and change nothing', async (_name, changes, expected) => {
    const { service } = house.process();
    const error: unknown = await service.create(ann, await portfolio(changes)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject(expected);
    expect(await service.count(ann)).toEqual({ value: 0, exact: true });
  });
});
