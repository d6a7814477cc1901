import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CcxtMarketData } from '../../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { TradeCandles } from '../../../../src/services/market-data/recording/trade-candles.ts';
import { TradeRecorder } from '../../../../src/services/market-data/recording/trade-recorder.ts';
import { TradeStore } from '../../../../src/services/market-data/recording/trade-store.ts';
import { databasesOf } from '../../../support/databases.ts';
import { binance } from '../../../support/venue/binance/binance.ts';
import { bybit } from '../../../support/venue/bybit/bybit.ts';
import { kraken } from '../../../support/venue/kraken/kraken.ts';
import { Pinned } from '../../../support/venue/pin.ts';

import { Venue } from '../../../support/venue/venue.ts';

const symbol = 'BTC/USDT';
const open = databasesOf('sqlite');

/* Each exchange speaks its own wire format on this machine; what it traded is the truth. */
it.each([binance, kraken, bybit])(
  'candles built from the recorded trades of $id are what was traded, across a restart',
  async (dialect) => {
    const store = new TradeStore(await open());
    const key = { exchange: dialect.id, symbol };
    const venue = await Venue.start({ dialect });
    const pinned = new Pinned(() => venue);
    const source = await CcxtMarketData.open({ exchange: dialect.id, prepare: pinned.prepare });
    const traded = () => venue.publicTrades('BTCUSDT');
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
      const first = new TradeRecorder(key, source, store);
      await first.start();
      // The stream begins when the exchange knows of it; a stretch with the second after its first trade.
      for (let i = 0; i < 300 && (await store.stretches(key, {})).length === 0; i++) await step(first);
      first.stop();
      await trade(20);
      const second = new TradeRecorder(key, source, store);
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
    } finally {
      await source.close();
      await venue.close();
      await pinned.close();
    }
  },
);
