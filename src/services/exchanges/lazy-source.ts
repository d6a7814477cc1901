import type { Candles } from '../../trading/candle.ts';
import type { Timeframe } from '../../trading/timeframe.ts';
import { DomainError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { KnownExchange } from './catalogue.ts';
import type { CandleUpdate, MarketDataSource, OrderBook, PublicTrade, Ticker } from './port/market-data.ts';
import type { MarketRules } from './port/market-rules.ts';
import type { Unsubscribe } from './port/subscription.ts';

/** Market data of an exchange, connected. */
export type ConnectedSource = MarketDataSource & { close(): Promise<void> };

/** How it stands with an exchange. */
export const ConnectionStatus = {
  /** Nobody has asked for it yet. */
  IDLE: 'IDLE',
  CONNECTING: 'CONNECTING',
  CONNECTED: 'CONNECTED',
  /** It is connected, but did not answer what it was asked last. */
  DEGRADED: 'DEGRADED',
  /** It could not be connected; it is tried again. */
  UNREACHABLE: 'UNREACHABLE',
} as const;
export type ConnectionStatus = (typeof ConnectionStatus)[keyof typeof ConnectionStatus];

export interface Connection {
  readonly status: ConnectionStatus;
  /** What is wrong, in a sentence; null when nothing is. */
  readonly reason: string | null;
  /** Since when it is so; null where that does not count. */
  readonly since: Date | null;
}

export interface LazySourceOptions {
  readonly exchange: KnownExchange;
  readonly beginsAt: number;
  /** @throws DomainError EXCHANGE_UNAVAILABLE */
  readonly open: () => Promise<ConnectedSource>;
  readonly logger: Logger;
  /** Between two attempts to connect, at first and at most, ms. */
  readonly retryMs?: readonly [first: number, longest: number];
}

/**
 * Market data of a real exchange, connected when somebody first asks for it. While it cannot be reached every question is answered at once
 * with a sentence that says so, and subscriptions wait: they begin by themselves when the exchange is there again. Questions try it again
 * too, but not more often than the pauses between attempts allow.
 */
export class LazySource implements MarketDataSource {
  readonly name: string;
  readonly isGenerated = false;
  readonly beginsAt: number;
  private readonly options: LazySourceOptions;
  private readonly waiting = new Set<(source: ConnectedSource) => void>();
  private source: ConnectedSource | undefined;
  private attempt: Promise<ConnectedSource> | undefined;
  private failure: { readonly error: DomainError; readonly since: Date; readonly retryAt: number } | undefined;
  private trouble: { readonly reason: string; readonly since: Date } | undefined;
  private wellSince: Date | null = null;
  private pauseMs: number;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(options: LazySourceOptions) {
    this.options = options;
    this.name = options.exchange.name;
    this.beginsAt = options.beginsAt;
    this.pauseMs = this.firstPauseMs;
  }

  /** Known once it is connected. */
  get timeframes(): readonly Timeframe[] | undefined {
    return this.source?.timeframes;
  }

  get connection(): Connection {
    const { failure, trouble } = this;
    if (this.source && trouble) return { status: 'DEGRADED', ...trouble };
    if (this.source) return { status: 'CONNECTED', reason: null, since: this.wellSince };
    if (failure) return { status: 'UNREACHABLE', reason: failure.error.message, since: failure.since };
    return { status: this.attempt ? 'CONNECTING' : 'IDLE', reason: null, since: null };
  }

  /** Resolves when the exchange is connected. @throws DomainError EXCHANGE_UNAVAILABLE */
  async ready(): Promise<void> {
    await this.connected();
  }

  /** The exchange's clock; our own until it has been asked for. */
  now(): number {
    return this.source?.now() ?? Date.now();
  }

  markets(isDoubted?: boolean): Promise<readonly MarketRules[]> {
    return this.ask((source) => source.markets(isDoubted));
  }

  history(symbol: string, timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    return this.ask((source) => source.history(symbol, timeframe, from, to));
  }

  isHalted(symbol: string): Promise<boolean> {
    return this.ask(async (source) => (await source.isHalted?.(symbol)) ?? false);
  }

  ticker(symbol: string): Promise<Ticker> {
    return this.ask((source) => source.ticker(symbol));
  }

  orderBook(symbol: string, depth: number): Promise<OrderBook> {
    return this.ask((source) => source.orderBook(symbol, depth));
  }

  trades(symbol: string, since: number): Promise<readonly PublicTrade[]> {
    return this.ask((source) => source.trades(symbol, since));
  }

  subscribeCandles(
    symbol: string,
    timeframe: Timeframe,
    listener: (update: CandleUpdate) => void,
    onResumed?: (since: number) => void,
  ): Unsubscribe {
    return this.subscribe(`${symbol} ${timeframe}`, (source) => source.subscribeCandles(symbol, timeframe, listener, onResumed));
  }

  subscribeTicker(symbol: string, listener: (ticker: Ticker) => void): Unsubscribe {
    return this.subscribe(symbol, (source) => source.subscribeTicker(symbol, listener));
  }

  subscribeOrderBook(symbol: string, depth: number, listener: (book: OrderBook) => void): Unsubscribe {
    return this.subscribe(symbol, (source) => source.subscribeOrderBook(symbol, depth, listener));
  }

  subscribeTrades(symbol: string, listener: (trade: PublicTrade) => void, onGap?: () => void): Unsubscribe {
    return this.subscribe(symbol, (source) => source.subscribeTrades(symbol, listener, onGap));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.waiting.clear();
    await this.attempt?.catch(() => undefined);
    await this.source?.close();
    this.source = undefined;
  }

  private get firstPauseMs(): number {
    return this.options.retryMs?.[0] ?? 1_000;
  }

  private async ask<T>(question: (source: ConnectedSource) => Promise<T>): Promise<T> {
    const source = await this.connected();
    try {
      const answer = await question(source);
      if (this.trouble) this.wellSince = new Date();
      this.trouble = undefined;
      return answer;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'EXCHANGE_UNAVAILABLE')
        this.trouble ??= { reason: error.message, since: new Date() };
      throw error;
    }
  }

  /** When the exchange is not there yet the subscription begins as soon as it is. */
  private subscribe(what: string, begin: (source: ConnectedSource) => Unsubscribe): Unsubscribe {
    if (this.source) return begin(this.source);
    let end: Unsubscribe | undefined;
    const start = (source: ConnectedSource): void => {
      try {
        end = begin(source);
      } catch (error) {
        this.options.logger.warn({ err: error }, `${this.name} cannot stream ${what}`);
      }
    };
    this.waiting.add(start);
    void this.connected().catch(() => undefined);
    return () => {
      this.waiting.delete(start);
      end?.();
    };
  }

  private async connected(): Promise<ConnectedSource> {
    if (this.source) return this.source;
    if (this.isClosed)
      throw new DomainError('EXCHANGE_UNAVAILABLE', `${this.displayName} is not connected any more: the program stops`);
    if (!this.attempt && this.failure && performance.now() < this.failure.retryAt) throw this.failure.error;
    this.attempt ??= this.connect().finally(() => (this.attempt = undefined));
    return this.attempt;
  }

  private async connect(): Promise<ConnectedSource> {
    const { logger, open } = this.options;
    clearTimeout(this.timer);
    let source: ConnectedSource;
    try {
      source = await open();
    } catch (error) {
      throw this.failed(error);
    }
    if (this.isClosed) {
      await source.close();
      throw new DomainError('EXCHANGE_UNAVAILABLE', `${this.displayName} is not connected any more: the program stops`);
    }
    logger.info(`connected to ${this.displayName}`);
    this.source = source;
    this.wellSince = new Date();
    this.failure = undefined;
    this.pauseMs = this.firstPauseMs;
    for (const start of this.waiting) start(source);
    this.waiting.clear();
    return source;
  }

  private failed(cause: unknown): DomainError {
    const { logger, retryMs } = this.options;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const since = this.failure?.since ?? new Date();
    const message = `${this.displayName} cannot be reached: ${reason}. It is tried again; what is stored here can be used meanwhile`;
    const error = new DomainError('EXCHANGE_UNAVAILABLE', message, {
      details: { exchange: this.name, retryAfterMs: this.pauseMs },
    });
    if (!this.failure) logger.warn({ reason }, `${this.displayName} cannot be reached`);
    this.failure = { error, since, retryAt: performance.now() + this.pauseMs };
    if (this.waiting.size > 0 && !this.isClosed)
      this.timer = setTimeout(() => void this.connected().catch(() => undefined), this.pauseMs + 1).unref();
    this.pauseMs = Math.min(2 * this.pauseMs, retryMs?.[1] ?? 60_000);
    return error;
  }

  private get displayName(): string {
    return this.options.exchange.displayName;
  }
}
