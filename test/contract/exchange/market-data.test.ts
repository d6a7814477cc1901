import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { SimMarket } from '../../../src/services/exchanges/sim/sim-market.ts';
import { start } from '../../services/exchanges/paper/scripted-market.ts';
import { binance } from '../../support/venue/binance/binance.ts';
import { bybit } from '../../support/venue/bybit/bybit.ts';
import { seededCandle } from '../../support/venue/candles.ts';
import type { Dialect } from '../../support/venue/dialect.ts';
import { kraken } from '../../support/venue/kraken/kraken.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { Venue } from '../../support/venue/venue.ts';
import { describeMarketData, type MarketWorld } from './market-data-contract.ts';

const minute = 60_000;

describeMarketData('the simulated market', () => {
  let now = start;
  const market = new SimMarket({ clock: { now: () => now } });
  return Promise.resolve({
    source: market,
    symbol: 'BTC/USDT',
    step: () => {
      now += 5_000;
      market.advance();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});

/** A venue of its own for each test, on the loopback. */
async function venueWorld(dialect: Dialect): Promise<MarketWorld> {
  const venue = await Venue.start({ dialect });
  const pinned = new Pinned(() => venue);
  const source = await CcxtMarketData.open({ exchange: dialect.id, prepare: pinned.prepare });
  const forming = (): number => Math.floor(venue.now() / minute) * minute;
  for (let i = 6; i >= 1; i--) venue.addCandles('BTCUSDT', '1m', [seededCandle(7, forming() - i * minute)]);
  let steps = 0;
  return {
    source,
    symbol: 'BTC/USDT',
    step: async () => {
      venue.setPrice('BTCUSDT', 10_000 + (steps++ % 7));
      venue.kline('BTCUSDT', '1m', seededCandle(7, forming()), false);
      await venue.streams.flushed();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    close: async () => {
      await source.close();
      await venue.close();
      await pinned.close();
    },
  };
}

for (const dialect of [binance, kraken, bybit])
  describeMarketData(`a ${dialect.id} that runs on this machine, through ccxt,`, () => venueWorld(dialect));
