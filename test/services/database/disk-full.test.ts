import { expect, it } from 'vitest';
import { isDiskFull } from '../../../src/services/database/index.ts';
import { CandleStore } from '../../../src/services/market-data/candle-store.ts';
import { candlesOf } from '../../../src/trading/series.ts';
import { databasesOf } from '../../support/databases.ts';

const open = databasesOf('sqlite');
const candles = candlesOf(
  Array.from({ length: 20_000 }, (_, i) => ({ openTime: i * 60_000, open: 1, high: 1, low: 1, close: 1, volume: 1 })),
);

it('a full disk is told from other troubles, and storing works again when there is room', async () => {
  const database = await open();
  const store = new CandleStore(database);
  const key = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: 'M1' } as const;
  const limit = (pages: string): Promise<unknown> => database.transaction((em) => em.execute(`pragma max_page_count = ${pages}`));
  await limit('1');
  const failure: unknown = await store.upsert(key, candles).catch((error: unknown) => error);
  expect(isDiskFull(failure)).toBe(true);
  expect(await store.last(key)).toBeUndefined();
  await limit('1000000');
  expect(await store.upsert(key, candles)).toBe(20_000);
});

it.each([
  [new Error('the table is locked'), false],
  [Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }), true],
  [new Error('could not write', { cause: Object.assign(new Error('disk full'), { code: '53100' }) }), true],
  ['disk full', false],
])('%s', (error, expected) => {
  expect(isDiskFull(error)).toBe(expected);
});
