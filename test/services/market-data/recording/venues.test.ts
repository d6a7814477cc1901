import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CcxtMarketData } from '../../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { TradeCandles } from '../../../../src/services/market-data/recording/trade-candles.ts';
import { TradeRecorder } from '../../../../src/services/market-data/recording/trade-recorder.ts';
import { TradeStore } from '../../../../src/services/market-data/recording/trade-store.ts';
import { databasesOf } from '../../../support/databases.ts';
import { binance } from '../../../support/venue/binance/binance.ts';
import { bybit } from '../../../support/venue/bybit/bybit.ts';
import type { Dialect } from '../../../support/venue/dialect.ts';
import { kraken } from '../../../support/venue/kraken/kraken.ts';
import { Pinned } from '../../../support/venue/pin.ts';

import { Venue } from '../../../support/venue/venue.ts';

const symbol = 'BTC/USDT';
const open = databasesOf('sqlite');

interface World {
  readonly venue: Venue;
  readonly store: TradeStore;
  readonly key: { exchange: string; symbol: string };
  readonly trade: (count: number) => Promise<void>;
  readonly step: (recorder: TradeRecorder) => Promise<void>;
  readonly recorder: () => TradeRecorder;
}

/** An exchange that speaks its own wire format on this machine; what it traded is the truth. */
async function at(dialect: Dialect, test: (world: World) => Promise<void>): Promise<void> {
  const store = new TradeStore(await open());
  const key = { exchange: dialect.id, symbol };
  const venue = await Venue.start({ dialect });
  const pinned = new Pinned(() => venue);
  const source = await CcxtMarketData.open({ exchange: dialect.id, prepare: pinned.prepare });
  let price = 10_000;
  const trade = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) venue.setPrice('BTCUSDT', 10_000 + ((price += 7) % 23));
    await venue.streams.flushed();
  };
  const step = async (recorder: TradeRecorder): Promise<void> => {
    await trade(1);
    await sleep(50);
    await recorder.flush();
  };
  try {
    await test({ venue, store, key, trade, step, recorder: () => new TradeRecorder(key, source, store) });
  } finally {
    await source.close();
    await venue.close();
    await pinned.close();
  }
}

it.each([binance, kraken, bybit])(
  'candles built from the recorded trades of $id are what was traded, across a restart',
  (dialect) =>
    at(dialect, async ({ venue, store, key, trade, step, recorder }) => {
      const traded = () => venue.publicTrades('BTCUSDT');
      const first = recorder();
      await first.start();
      // The stream begins when the exchange knows of it; a stretch with the second after its first trade.
      for (let i = 0; i < 300 && (await store.stretches(key, {})).length === 0; i++) await step(first);
      first.stop();
      await trade(20);
      const second = recorder();
      await second.start();
      // Until a later second has proved that the one of the restart is over.
      const over = Math.floor(venue.now() / 1_000) * 1_000 + 1_000;
      for (let i = 0; i < 300 && ((await store.stretches(key, {})).at(-1)?.endAt ?? 0) <= over; i++) await step(second);
      second.stop();
      const stretches = await store.stretches(key, {});
      expect(stretches).toHaveLength(1);
      const [stretch] = stretches;
      const { rows } = await new TradeCandles(store).page(key, 1, {}, { first: 1_000 });
      const whole = traded().filter(({ at }) => at >= stretch!.startAt && at < stretch!.endAt);
      expect(rows.reduce((sum, { volume }) => sum + volume, 0)).toBe(whole.length * 0.5);
      for (const { openTime, open, high, low, close } of rows) {
        const prices = whole.filter(({ at }) => Math.floor(at / 1_000) * 1_000 === openTime).map((one) => Number(one.price));
        expect({ open, high, low, close }).toEqual({
          open: prices[0],
          high: Math.max(...prices),
          low: Math.min(...prices),
          close: prices.at(-1),
        });
      }
    }),
);

it('a stretch of bybit ends when its connection was gone for more trades than it keeps', () =>
  at(bybit, async ({ venue, store, key, trade, step, recorder }) => {
    const stretches = () => store.stretches(key, {});
    const only = recorder();
    await only.start();
    for (let i = 0; i < 300 && (await stretches()).length === 0; i++) await step(only);
    venue.streams.kill('market');
    await trade(100);
    for (let i = 0; i < 300 && (await stretches()).length < 2; i++) await step(only);
    only.stop();
    expect(await stretches()).toHaveLength(2);
  }));
