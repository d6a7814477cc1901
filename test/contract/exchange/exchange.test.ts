import { CcxtExchange } from '../../../src/services/exchanges/ccxt/ccxt-exchange.ts';
import { PaperExchange } from '../../../src/services/exchanges/paper/paper-exchange.ts';
import { SimMarket } from '../../../src/services/exchanges/sim/sim-market.ts';
import { binance } from '../../support/venue/binance/binance.ts';
import { bybit } from '../../support/venue/bybit/bybit.ts';
import type { Dialect } from '../../support/venue/dialect.ts';
import { kraken } from '../../support/venue/kraken/kraken.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue } from '../../support/venue/venue.ts';
import { account, ScriptedMarket, start, symbol } from '../../services/exchanges/paper/scripted-market.ts';
import { describeExchange, type World } from './exchange-contract.ts';
import { MemoryPaperStore } from '../../services/exchanges/paper/memory-store.ts';

async function world(market: ScriptedMarket | SimMarket, advance: () => number): Promise<World> {
  const store = new MemoryPaperStore();
  const open = (): Promise<PaperExchange> => PaperExchange.open({ account: account(), market, store, symbols: [symbol] });
  let exchange = await open();
  let price = advance();
  return {
    exchange,
    symbol,
    price: () => price,
    step: async () => {
      price = advance();
      await exchange.settled();
    },
    reopen: async () => {
      await exchange.close();
      exchange = await open();
      return exchange;
    },
    close: () => exchange.close(),
  };
}

describeExchange('a paper account on scripted candles', () => {
  const market = new ScriptedMarket();
  let index = 0;
  return world(market, () => {
    const [open, close] = [index, index + 1].map((i) => 10_000 + 100 * (i % 7));
    market.open(index, open);
    market.close(index, open, Math.max(open, close) + 200, Math.min(open, close) - 200, close);
    index += 1;
    return close;
  });
});

describeExchange('a paper account on the simulated market', () => {
  let now = start;
  let price = 0;
  const market = new SimMarket({ clock: { now: () => now } });
  market.subscribeCandles(symbol, 'M1', (update) => (price = update.candle.close));
  return world(market, () => {
    for (let second = 0; second < 60; second += 5) {
      now += 5_000;
      market.advance();
    }
    return price;
  });
});

/** A venue of its own for each test, on the loopback, with fees in the quote asset as the other accounts have them. */
async function venueWorld(dialect: Dialect): Promise<World> {
  const venue = await Venue.start({ feeAsset: 'QUOTE', dialect });
  const pinned = new Pinned(() => venue);
  const { apiKey, secret } = venue;
  const open = (): Promise<CcxtExchange> => CcxtExchange.open({ exchange: dialect.id, apiKey, secret, prepare: pinned.prepare });
  let exchange = await open();
  let price = 10_000;
  let steps = 0;
  return {
    exchange,
    symbol: 'BTC/USDT',
    price: () => price,
    step: async () => {
      await until(() => venue.streams.hears('user'));
      // In growing swings: whatever price an order waits for beyond the last one is reached.
      price = Math.round(10_000 + (20 + steps / 5) * (((steps + 2) % 5) - 2));
      steps += 1;
      venue.setPrice('BTCUSDT', price);
      await venue.streams.flushed();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    reopen: async () => {
      await exchange.close();
      exchange = await open();
      return exchange;
    },
    close: async () => {
      await exchange.close();
      await pinned.close();
      await venue.close();
    },
  };
}

for (const dialect of [binance, kraken, bybit])
  describeExchange(`an account at a ${dialect.id} that runs on this machine, through ccxt,`, () => venueWorld(dialect));
