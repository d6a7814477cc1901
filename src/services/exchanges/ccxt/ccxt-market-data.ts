import type { Candle, Candles } from '../../../trading/candle.ts';
import { candlesOf } from '../../../trading/series.ts';
import { openTimeAt, Timeframe, timeframeMs, timeframeText } from '../../../trading/timeframe.ts';
import { DomainError } from '../../errors.ts';
import type { CandleUpdate, MarketDataSource, OrderBook, PublicTrade, Ticker } from '../port/market-data.ts';
import type { MarketRules } from '../port/market-rules.ts';
import type { Unsubscribe } from '../port/subscription.ts';
import { withDeadline } from './calls.ts';
import { CandleWatches } from './candle-watches.ts';
import type { CcxtClient } from './client.ts';
import { domainErrorOf } from './failures.ts';
import { type MarketClients, openMarkets } from './market-clients.ts';
import { bookOf, candleOf, publicTradeOf, tickerOf } from './market-mapping.ts';
import { MarketWatches } from './market-watches.ts';
import { Redial } from './redial.ts';
import type { VenueRules } from './rules.ts';
import { inOrder } from './trade-watch.ts';

export interface CcxtMarketDataOptions {
  /** The exchange as ccxt calls it. */
  readonly exchange: string;
  /** Our own deadline for each call, ms; 10 s unless told. */
  readonly deadlineMs?: number;
  /** A connection on which nothing has come for so long is looked after, ms; a minute unless told. */
  readonly silenceMs?: number;
  readonly prepare?: (client: CcxtClient) => void | Promise<void>;
  /** Told what went wrong while nobody waited for an answer. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Levels of a book that can be asked for. */
const mostLevels = 100;
/** Trades of one answer at the most; the next answer goes on from the last one. */
const mostTrades = 20_000;

/** Public market data of an exchange through ccxt. */
export class CcxtMarketData implements MarketDataSource {
  readonly name: string;
  readonly isGenerated = false;
  readonly beginsAt: number;
  private readonly clients: MarketClients;
  private readonly deadlineMs: number;
  private readonly candleWatches: CandleWatches;
  private readonly watches: MarketWatches;

  private constructor(options: CcxtMarketDataOptions, clients: MarketClients) {
    const { profile, streams, time } = clients;
    const { onTrouble = () => undefined, silenceMs = 60_000, deadlineMs = 10_000 } = options;
    this.name = profile.id;
    this.beginsAt = profile.beginsAt;
    this.clients = clients;
    this.deadlineMs = deadlineMs;
    const parts = {
      client: streams,
      profile,
      now: () => time.now(),
      past: () => time.past(),
      redial: new Redial(streams, silenceMs, onTrouble),
      onTrouble,
    };
    this.candleWatches = new CandleWatches({
      ...parts,
      history: (symbol, timeframe, from, to) => this.history(symbol, timeframe, from, to),
    });
    this.watches = new MarketWatches({
      ...parts,
      ticker: (symbol) => this.ticker(symbol),
      orderBook: (symbol, depth) => this.orderBook(symbol, depth),
      trades: (symbol, since) => this.trades(symbol, since),
    });
  }

  /** @throws DomainError NOT_FOUND for an exchange without a profile, EXCHANGE_UNAVAILABLE when it does not answer */
  static async open(options: CcxtMarketDataOptions): Promise<CcxtMarketData> {
    return new CcxtMarketData(options, await openMarkets(options));
  }

  now(): number {
    return this.clients.time.now();
  }

  /** The markets that there are now; their rules are asked for again when they have grown old. */
  async markets(isDoubted = false): Promise<readonly MarketRules[]> {
    const { rules } = this.clients;
    await this.ask('its markets', () => (isDoubted ? rules.refreshIfSuspicious() : rules.refreshIfOld()));
    return rules.all();
  }

  async isHalted(symbol: string): Promise<boolean> {
    await this.ask('its markets', () => this.clients.rules.refreshIfSilent());
    return this.clients.rules.find(symbol)?.isActive === false;
  }

  async history(symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    this.check(symbol, timeframe);
    const length = timeframeMs(timeframe);
    // What opened at or after this is still forming.
    const end = Math.min(to, openTimeAt(timeframe, this.clients.time.past()));
    const rows: Candle[] = [];
    let since = openTimeAt(timeframe, Math.max(from, this.beginsAt) + length - 1);
    while (since < end) {
      const page = await this.page(symbol, timeframe, since);
      for (const candle of page) if (candle.openTime >= since && candle.openTime < end) rows.push(candle);
      const last = page.at(-1);
      if (!last || last.openTime < since) break;
      since = last.openTime + length;
    }
    return candlesOf(rows);
  }

  async ticker(symbol: string): Promise<Ticker> {
    this.check(symbol);
    const what = `the ticker of ${symbol}`;
    return this.ask(what, async () => tickerOf(await this.clients.polls.fetchTicker(symbol), symbol, this.now()));
  }

  async orderBook(symbol: string, depth: number): Promise<OrderBook> {
    this.check(symbol);
    checkDepth(depth);
    const { polls, profile } = this.clients;
    const read = async (): Promise<OrderBook> =>
      bookOf(await polls.fetchOrderBook(symbol, profile.bookDepth), symbol, depth, this.now());
    return this.ask(`the order book of ${symbol}`, read);
  }

  async trades(symbol: string, since: number): Promise<readonly PublicTrade[]> {
    this.check(symbol);
    const { polls, profile } = this.clients;
    const from = Math.max(since, this.beginsAt);
    const found = new Map<string, PublicTrade>();
    const pages = profile.publicTrades(polls, symbol, from, this.now())[Symbol.asyncIterator]();
    while (found.size < mostTrades) {
      // Each page is a question of its own, with its own deadline.
      const { value, done } = await this.ask(`the trades of ${symbol}`, () => pages.next());
      if (done) break;
      for (const trade of value.map(publicTradeOf)) if (trade.at >= since) found.set(trade.id, trade);
    }
    return inOrder([...found.values()], profile.hasTradeSequence);
  }

  subscribeCandles(
    symbol: string,
    timeframe: Timeframe,
    listener: (update: CandleUpdate) => void,
    onResumed?: (since: number) => void,
  ): Unsubscribe {
    this.check(symbol, timeframe);
    return this.candleWatches.subscribe(symbol, timeframe, listener, onResumed);
  }

  subscribeTicker(symbol: string, listener: (ticker: Ticker) => void): Unsubscribe {
    this.check(symbol);
    return this.watches.ticker(symbol, listener);
  }

  subscribeOrderBook(symbol: string, depth: number, listener: (book: OrderBook) => void): Unsubscribe {
    this.check(symbol);
    checkDepth(depth);
    return this.watches.orderBook(symbol, depth, listener);
  }

  subscribeTrades(symbol: string, listener: (trade: PublicTrade) => void, onGap?: () => void): Unsubscribe {
    this.check(symbol);
    return this.watches.trades(symbol, listener, onGap);
  }

  async close(): Promise<void> {
    this.candleWatches.close();
    this.watches.close();
    await this.clients.close();
  }

  private async page(symbol: string, timeframe: Timeframe, since: number): Promise<Candle[]> {
    const { polls, profile } = this.clients;
    return this.ask(`candles of ${symbol}`, async () => {
      const rows = await profile.candles(polls, symbol, timeframe, since);
      return rows.map(candleOf).sort((a, b) => a.openTime - b.openTime);
    });
  }

  private async ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(`${what} at ${this.name}`, this.deadlineMs, work);
    } catch (error) {
      throw domainErrorOf(error, `${this.name} did not tell ${what}`);
    }
  }

  get timeframes(): readonly Timeframe[] {
    const { profile, streams } = this.clients;
    return Object.values(Timeframe).filter(
      (timeframe) => timeframeText(timeframe) in streams.timeframes && !profile.otherTimeframes?.includes(timeframe),
    );
  }

  private check(symbol: string, timeframe?: Timeframe): VenueRules {
    const rules = this.clients.rules.of(symbol);
    if (timeframe !== undefined && !this.timeframes.includes(timeframe))
      throw new DomainError('NOT_FOUND', `${this.name} has no ${timeframe} candles`, { details: { symbol, timeframe } });
    return rules;
  }
}

function checkDepth(depth: number): void {
  if (!Number.isInteger(depth) || depth < 1 || depth > mostLevels)
    throw new DomainError('INVALID', `depth is ${depth}, it must be a whole number from 1 to ${mostLevels}`, { path: ['depth'] });
}
