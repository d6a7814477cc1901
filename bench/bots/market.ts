import type { ConnectedSource } from '../../src/services/exchanges/lazy-source.ts';
import { SimMarket } from '../../src/services/exchanges/sim/sim-market.ts';
import { simSymbols } from '../../src/services/exchanges/sim/symbols.ts';

/** The exchange whose place the market of this benchmark takes: one that is connected to, and whose candles are stored. */
export const exchange = 'binance';
/** Simulated seconds per second: a minute candle closes every second. */
export const speed = 60;
export const candleMs = 60_000 / speed;

const symbols = Array.from({ length: 20 }, (_, index) => {
  const base = `BENCH${index}`;
  return { ...simSymbols[index % simSymbols.length], symbol: `${base}/USDT`, base, price: 100 + 40 * index };
});
export const symbolNames = symbols.map(({ symbol }) => symbol);

/** A simulated market of twenty symbols that tells when each closed candle came in; the same candles in every process that begins at the same moment. */
export class BenchMarket extends SimMarket implements ConnectedSource {
  /** When a closed candle of `symbol openTime` came in, by `performance.now()`. */
  readonly arrivals = new Map<string, number>();

  /** @param beganAt wall time at which simulated time was the same, ms UTC */
  constructor(beganAt: number) {
    super({ clock: { now: () => Math.floor(beganAt + (Date.now() - beganAt) * speed) }, symbols });
  }

  override subscribeCandles(...[symbol, timeframe, listener]: Parameters<SimMarket['subscribeCandles']>): () => void {
    return super.subscribeCandles(symbol, timeframe, (update) => {
      if (update.isClosed) this.arrivals.set(`${symbol} ${update.candle.openTime}`, performance.now());
      listener(update);
    });
  }

  close(): Promise<void> {
    this.stop();
    return Promise.resolve();
  }
}
