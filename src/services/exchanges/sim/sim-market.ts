import type { Candles } from '../../../trading/candle.ts';
import { decimal } from '../../../trading/money.ts';
import { MarketType } from '../../../trading/position.ts';
import { resample } from '../../../trading/resample.ts';
import { emptyCandles } from '../../../trading/series.ts';
import { openTimeAt, type Timeframe, timeframeMs } from '../../../trading/timeframe.ts';
import { DomainError } from '../../errors.ts';
import type { CandleUpdate, MarketDataSource, OrderBook, PublicTrade, Ticker } from '../port/market-data.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { Unsubscribe } from '../port/subscription.ts';
import { LiveSeries } from './live-series.ts';
import { MinuteCandles } from './minute-candles.ts';
import { MinuteTrades } from './minute-trades.ts';
import { Quotes } from './quotes.ts';
import { type SimSymbol, simSymbols } from './symbols.ts';

const minuteMs = 60_000;
/** The market opened on Monday, 2 January 2017: the first candle of every timeframe. */
export const simListedAt = Date.UTC(2017, 0, 2);
/** Minutes computed before other work gets its turn: about 20 ms. */
const sliceMinutes = 65_536;
/** Minutes that one tick of the live market may catch up: after a sleep of the machine, the rest comes with the next ticks. */
const catchUpMinutes = 2_000;
/** The same for single trades, ms: about 7,000 of them. */
const catchUpTradesMs = 60 * minuteMs;
/** Trades of the past that can be asked for, ms. */
const tradesKeptMs = 60 * minuteMs;
const deepestBook = 100;

/** One market, all of it a function of the seed and the time. */
interface SimulatedMarket {
  readonly rules: MarketRules;
  readonly minutes: MinuteCandles;
  readonly trades: MinuteTrades;
  readonly quotes: Quotes;
}

/**
 * The simulated market `sim`: candles, tickers, books and trades with no network and no storage. Any candle since 2017 is a pure function of the
 * seed, the symbol and its minute; longer timeframes are its minutes, aggregated, and its trades add up to it. The live market is that same
 * series as simulated time uncovers it, so what was seen live is what history says later.
 */
export class SimMarket implements MarketDataSource {
  readonly name = 'sim';
  readonly isGenerated = true;
  readonly beginsAt = simListedAt;
  private readonly clock: { now(): number };
  private readonly bySymbol = new Map<string, SimulatedMarket>();
  private readonly live = new Map<string, LiveSeries>();
  /** What each other subscription does at a tick of the market. */
  private readonly ticks = new Set<(now: number) => void>();
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param options.clock simulated time, ms UTC
   * @param options.seed another seed is another market; the default is the one that the documentation's numbers come from
   */
  constructor(options: { clock: { now(): number }; seed?: number; symbols?: readonly SimSymbol[] }) {
    this.clock = options.clock;
    for (const symbol of options.symbols ?? simSymbols)
      this.bySymbol.set(symbol.symbol, simulatedMarket(options.seed ?? 1, symbol));
  }

  now(): number {
    return this.clock.now();
  }

  markets(): Promise<readonly MarketRules[]> {
    return Promise.resolve([...this.bySymbol.values()].map((market) => market.rules));
  }

  async history(symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    const { minutes } = this.marketOf(symbol);
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
    const { minutes, trades } = this.marketOf(symbol);
    const key = `${symbol} ${timeframe}`;
    let series = this.live.get(key);
    if (!series) {
      const parts = { minute: (minute: number) => minutes.minute(minute), forming: (at: number) => trades.forming(at) };
      this.live.set(key, (series = new LiveSeries(parts, timeframe, this.now())));
    }
    // Two subscriptions with one function are two subscriptions.
    const entry = (update: CandleUpdate): void => listener(update);
    const opened = series;
    opened.listeners.add(entry);
    return () => {
      opened.listeners.delete(entry);
      if (opened.listeners.size === 0 && this.live.get(key) === opened) this.live.delete(key);
    };
  }

  ticker(symbol: string): Promise<Ticker> {
    return Promise.resolve(this.marketOf(symbol).quotes.ticker(this.now()));
  }

  subscribeTicker(symbol: string, listener: (ticker: Ticker) => void): Unsubscribe {
    const { quotes } = this.marketOf(symbol);
    let told: Ticker | undefined;
    return this.atEachTick((now) => {
      const ticker = quotes.ticker(now);
      if (told && sameTicker(told, ticker)) return;
      told = ticker;
      listener(ticker);
    });
  }

  orderBook(symbol: string, depth: number): Promise<OrderBook> {
    return Promise.resolve(this.marketOf(symbol).quotes.book(this.now(), checkedDepth(depth)));
  }

  subscribeOrderBook(symbol: string, depth: number, listener: (book: OrderBook) => void): Unsubscribe {
    const { quotes } = this.marketOf(symbol);
    checkedDepth(depth);
    return this.atEachTick((now) => listener(quotes.book(now, depth)));
  }

  trades(symbol: string, since: number): Promise<readonly PublicTrade[]> {
    const { trades } = this.marketOf(symbol);
    const now = this.now();
    return Promise.resolve([...trades.between(Math.max(since, now - tradesKeptMs) - 1, now)]);
  }

  subscribeTrades(symbol: string, listener: (trade: PublicTrade) => void): Unsubscribe {
    const { trades } = this.marketOf(symbol);
    let told = this.now();
    return this.atEachTick((now) => {
      const until = Math.min(now, told + catchUpTradesMs);
      for (const trade of trades.between(told, until)) listener(trade);
      told = until;
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
    for (const tick of this.ticks) tick(now);
  }

  private atEachTick(tick: (now: number) => void): Unsubscribe {
    this.ticks.add(tick);
    return () => this.ticks.delete(tick);
  }

  private marketOf(symbol: string): SimulatedMarket {
    const market = this.bySymbol.get(symbol);
    if (market) return market;
    throw new DomainError('NOT_FOUND', `the simulated market has no ${symbol}; it has ${[...this.bySymbol.keys()].join(', ')}`);
  }
}

function simulatedMarket(seed: number, symbol: SimSymbol): SimulatedMarket {
  const minutes = new MinuteCandles(seed, symbol);
  const trades = new MinuteTrades(seed, symbol, minutes);
  return { rules: rulesOf(symbol), minutes, trades, quotes: new Quotes(seed, symbol, minutes, trades) };
}

function checkedDepth(depth: number): number {
  if (Number.isInteger(depth) && depth >= 1 && depth <= deepestBook) return depth;
  throw new DomainError('INVALID', `depth is ${depth}, it must be from 1 to ${deepestBook}`, { path: ['depth'] });
}

function sameTicker(a: Ticker, b: Ticker): boolean {
  return a.last === b.last && a.high === b.high && a.low === b.low && a.volume === b.volume;
}

function rulesOf(symbol: SimSymbol): MarketRules {
  return {
    symbol: symbol.symbol,
    base: symbol.base,
    quote: symbol.quote,
    kind: symbol.funding ? MarketType.FUTURES : MarketType.SPOT,
    tickSize: decimal(10).pow(-symbol.pricePlaces),
    stepSize: decimal(10).pow(-symbol.amountPlaces),
    minNotional: decimal(5),
    makerFeeRate: decimal('0.001'),
    takerFeeRate: decimal('0.001'),
    ...(symbol.funding && { funding: { rate: decimal(symbol.funding.percent).div(100), hours: symbol.funding.hours } }),
  };
}

function copyInto(target: Candles, offset: number, source: Candles): void {
  for (const column of ['openTime', 'open', 'high', 'low', 'close', 'volume'] as const)
    target[column].set(source[column], offset);
}
