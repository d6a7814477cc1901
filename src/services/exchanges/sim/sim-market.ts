import type { Candles } from '../../../trading/candle.ts';
import { decimal } from '../../../trading/money.ts';
import { MarketType } from '../../../trading/position.ts';
import { resample } from '../../../trading/resample.ts';
import { emptyCandles } from '../../../trading/series.ts';
import { openTimeAt, type Timeframe, timeframeMs } from '../../../trading/timeframe.ts';
import { DomainError } from '../../errors.ts';
import type { CandleSource, CandleUpdate, MarketRules, Ticker, Unsubscribe } from '../port.ts';
import { LiveSeries } from './live-series.ts';
import { MinuteCandles } from './minute-candles.ts';
import { type SimSymbol, simSymbols } from './symbols.ts';

const minuteMs = 60_000;
/** The market opened on Monday, 2 January 2017: the first candle of every timeframe. */
export const simListedAt = Date.UTC(2017, 0, 2);
/** Minutes computed before other work gets its turn: about 20 ms. */
const sliceMinutes = 65_536;
/** Minutes that one tick of the live market may catch up: after a sleep of the machine, the rest comes with the next ticks. */
const catchUpMinutes = 2_000;

/**
 * The simulated market `sim`: candles, live ticks and tickers with no network and no storage. Any candle since 2017 is a pure function of the
 * seed, the symbol and its minute; longer timeframes are its minutes, aggregated. The live market is that same series as
 * simulated time uncovers it, so what was seen live is what history says later.
 */
export class SimMarket implements CandleSource {
  readonly name = 'sim';
  readonly isGenerated = true;
  readonly beginsAt = simListedAt;
  private readonly clock: { now(): number };
  private readonly bySymbol = new Map<string, { rules: MarketRules; minutes: MinuteCandles }>();
  private readonly live = new Map<string, LiveSeries>();
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param options.clock simulated time, ms UTC
   * @param options.seed another seed is another market; the default is the one that the documentation's numbers come from
   */
  constructor(options: { clock: { now(): number }; seed?: number; symbols?: readonly SimSymbol[] }) {
    this.clock = options.clock;
    for (const symbol of options.symbols ?? simSymbols)
      this.bySymbol.set(symbol.symbol, { rules: rulesOf(symbol), minutes: new MinuteCandles(options.seed ?? 1, symbol) });
  }

  now(): number {
    return this.clock.now();
  }

  markets(): Promise<readonly MarketRules[]> {
    return Promise.resolve([...this.bySymbol.values()].map((market) => market.rules));
  }

  async history(symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    const minutes = this.minutesOf(symbol);
    const length = timeframeMs(timeframe);
    const first = openTimeAt(timeframe, Math.max(from, simListedAt) + length - 1);
    const end = Math.min(openTimeAt(timeframe, to + length - 1), openTimeAt(timeframe, this.now()));
    const count = Math.max(0, (end - first) / length);
    const candles = emptyCandles(count);
    const perCandle = length / minuteMs;
    const slice = Math.max(1, Math.floor(sliceMinutes / perCandle));
    for (let done = 0; done < count; done += slice) {
      if (done > 0) await new Promise((resolve) => setImmediate(resolve));
      const part = Math.min(slice, count - done);
      const minute = first / minuteMs + done * perCandle;
      if (perCandle === 1) minutes.write(candles, done, minute, minute + part);
      else {
        const scratch = emptyCandles(part * perCandle);
        minutes.write(scratch, 0, minute, minute + part * perCandle);
        copyInto(candles, done, resample(scratch, 'M1', timeframe).candles);
      }
    }
    return candles;
  }

  subscribeCandles(symbol: string, timeframe: Timeframe, listener: (update: CandleUpdate) => void): Unsubscribe {
    const minutes = this.minutesOf(symbol);
    const key = `${symbol} ${timeframe}`;
    let series = this.live.get(key);
    if (!series) this.live.set(key, (series = new LiveSeries(minutes, timeframe, this.now())));
    // Two subscriptions with one function are two subscriptions.
    const entry = (update: CandleUpdate): void => listener(update);
    series.listeners.add(entry);
    return () => {
      series.listeners.delete(entry);
      if (series.listeners.size === 0 && this.live.get(key) === series) this.live.delete(key);
    };
  }

  ticker(symbol: string): Promise<Ticker> {
    const minutes = this.minutesOf(symbol);
    const at = this.now();
    const minute = Math.floor(at / minuteMs);
    const day = emptyCandles(1440);
    minutes.write(day, 0, minute - 1440, minute);
    const forming = minutes.forming(at);
    return Promise.resolve({
      symbol,
      at,
      last: forming.close,
      high: day.high.reduce((a, b) => Math.max(a, b), forming.high),
      low: day.low.reduce((a, b) => Math.min(a, b), forming.low),
      volume: Number(day.volume.reduce((a, b) => a + b, forming.volume).toPrecision(12)),
    });
  }

  /** Lets the live market run by itself. @param everyMs wall time between ticks */
  start(everyMs = 250): void {
    this.timer ??= setInterval(() => this.advance(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** One tick: tells all subscribers what happened up to now. Tests and replays call it themselves. */
  advance(): void {
    const now = this.now();
    for (const series of this.live.values()) series.advance(now, catchUpMinutes);
  }

  private minutesOf(symbol: string): MinuteCandles {
    const market = this.bySymbol.get(symbol);
    if (market) return market.minutes;
    throw new DomainError('NOT_FOUND', `the simulated market has no ${symbol}; it has ${[...this.bySymbol.keys()].join(', ')}`);
  }
}

function rulesOf(symbol: SimSymbol): MarketRules {
  return {
    symbol: symbol.symbol,
    base: symbol.base,
    quote: symbol.quote,
    kind: MarketType.SPOT,
    tickSize: decimal(10).pow(-symbol.pricePlaces),
    stepSize: decimal(10).pow(-symbol.amountPlaces),
    minNotional: decimal(5),
    makerFeeRate: decimal('0.001'),
    takerFeeRate: decimal('0.001'),
  };
}

function copyInto(target: Candles, offset: number, source: Candles): void {
  for (const column of ['openTime', 'open', 'high', 'low', 'close', 'volume'] as const)
    target[column].set(source[column], offset);
}
