import type { Candle, Candles } from '../../../trading/candle.ts';
import { candlesOf } from '../../../trading/series.ts';
import { openTimeAt, type Timeframe, timeframeMs, timeframeText } from '../../../trading/timeframe.ts';
import { DomainError } from '../../errors.ts';
import type { CandleSource, CandleUpdate, MarketRules, Ticker, Unsubscribe } from '../port.ts';
import { Quiet, withDeadline } from './calls.ts';
import { candleOf } from './candle-row.ts';
import { CandleWatches } from './candle-watches.ts';
import type { CcxtClient } from './client.ts';
import { domainErrorOf } from './failures.ts';
import { loadClient, marketsDeadlineMs } from './load-client.ts';
import { rulesOf } from './rules.ts';
import { ServerTime } from './server-time.ts';
import { closeStreams } from './sockets.ts';
import { venueProfile, type VenueProfile } from './venues.ts';

export interface CcxtCandlesOptions {
  /** The exchange as ccxt calls it. */
  readonly exchange: string;
  /** Our own deadline for each call, ms; 10 s unless told. */
  readonly deadlineMs?: number;
  /** A connection on which no live candle has come for so long is made anew, ms; a minute unless told. */
  readonly silenceMs?: number;
  readonly prepare?: (client: CcxtClient) => void | Promise<void>;
  /** Told what went wrong while nobody waited for an answer. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Public market data of an exchange through ccxt: two clients, so that a long download of history never delays the live candles. */
export class CcxtCandles implements CandleSource {
  readonly name: string;
  readonly isGenerated = false;
  readonly beginsAt: number;
  private readonly profile: VenueProfile;
  private readonly time: ServerTime;
  private readonly deadlineMs: number;
  private readonly polls: CcxtClient;
  private readonly streams: CcxtClient;
  private readonly rules: ReadonlyMap<string, MarketRules>;
  private readonly watches: CandleWatches;

  private constructor(parts: {
    options: CcxtCandlesOptions;
    profile: VenueProfile;
    time: ServerTime;
    deadlineMs: number;
    polls: CcxtClient;
    streams: CcxtClient;
    rules: ReadonlyMap<string, MarketRules>;
  }) {
    const { options, profile, time, deadlineMs, polls, streams, rules } = parts;
    this.name = profile.id;
    this.beginsAt = profile.beginsAt;
    this.profile = profile;
    this.time = time;
    this.deadlineMs = deadlineMs;
    this.polls = polls;
    this.streams = streams;
    this.rules = rules;
    this.watches = new CandleWatches({
      client: streams,
      profile,
      now: () => time.now(),
      history: (symbol, timeframe, from, to) => this.history(symbol, timeframe, from, to),
      onTrouble: options.onTrouble ?? (() => undefined),
      silenceMs: options.silenceMs ?? 60_000,
    });
  }

  /** @throws DomainError NOT_FOUND for an exchange without a profile, EXCHANGE_UNAVAILABLE when it does not answer */
  static async open(options: CcxtCandlesOptions): Promise<CcxtCandles> {
    const { exchange, deadlineMs = 10_000, prepare } = options;
    const profile = venueProfile(exchange);
    if (!profile) throw new DomainError('NOT_FOUND', `there is no connection to an exchange "${exchange}"`);
    const client = {
      id: profile.id,
      timeoutMs: deadlineMs,
      quiet: new Quiet(),
      options: profile.options,
      ...(prepare && { prepare }),
    };
    const [polls, streams] = await Promise.all([loadClient(client), loadClient(client)]);
    const time = new ServerTime();
    try {
      await time.keep(polls, options.onTrouble ?? (() => undefined));
      const markets = await withDeadline(`the markets of ${exchange}`, marketsDeadlineMs, () => polls.loadMarkets());
      streams.setMarkets(markets);
      const rules = Object.values(markets).flatMap((market) => rulesOf(market, polls.precisionMode) ?? []);
      const bySymbol = new Map(rules.map((rule) => [rule.symbol, rule]));
      return new CcxtCandles({ options, profile, time, deadlineMs, polls, streams, rules: bySymbol });
    } catch (error) {
      time.stop();
      await Promise.all([closeStreams(polls), closeStreams(streams)]);
      throw domainErrorOf(error, `connecting to ${exchange}`);
    }
  }

  now(): number {
    return this.time.now();
  }

  markets(): Promise<readonly MarketRules[]> {
    return Promise.resolve([...this.rules.values()]);
  }

  async history(symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    this.check(symbol, timeframe);
    const length = timeframeMs(timeframe);
    // What opened at or after this is still forming.
    const end = Math.min(to, openTimeAt(timeframe, this.time.past()));
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
    const ticker = await this.ask(`the ticker of ${symbol}`, () => this.polls.fetchTicker(symbol));
    const { last, high, low, baseVolume, timestamp } = ticker;
    if (last === undefined) throw new DomainError('EXCHANGE_UNAVAILABLE', `${this.name} told no last price of ${symbol}`);
    return {
      symbol,
      at: timestamp ?? this.now(),
      last: Number(last),
      high: Number(high ?? last),
      low: Number(low ?? last),
      volume: Number(baseVolume ?? 0),
    };
  }

  subscribeCandles(symbol: string, timeframe: Timeframe, listener: (update: CandleUpdate) => void): Unsubscribe {
    this.check(symbol, timeframe);
    return this.watches.subscribe(symbol, timeframe, listener);
  }

  async close(): Promise<void> {
    this.watches.close();
    this.time.stop();
    await Promise.all([closeStreams(this.polls), closeStreams(this.streams)]);
  }

  private async page(symbol: string, timeframe: Timeframe, since: number): Promise<Candle[]> {
    const limit = this.profile.candlesPerPage;
    const rows = await this.ask(`candles of ${symbol}`, () =>
      this.polls.fetchOHLCV(symbol, timeframeText(timeframe), since, limit),
    );
    return rows.map(candleOf).sort((a, b) => a.openTime - b.openTime);
  }

  private async ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(`${what} at ${this.name}`, this.deadlineMs, work);
    } catch (error) {
      throw domainErrorOf(error, `${this.name} did not tell ${what}`);
    }
  }

  private check(symbol: string, timeframe?: Timeframe): void {
    if (!this.rules.has(symbol))
      throw new DomainError('NOT_FOUND', `${this.name} has no market ${symbol}`, { details: { symbol } });
    if (timeframe !== undefined && !(timeframeText(timeframe) in this.streams.timeframes))
      throw new DomainError('NOT_FOUND', `${this.name} has no ${timeframe} candles`, { details: { symbol, timeframe } });
  }
}
