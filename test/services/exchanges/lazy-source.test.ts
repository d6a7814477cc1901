import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/services/errors.ts';
import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { LazySource } from '../../../src/services/exchanges/lazy-source.ts';
import type { CandleUpdate, Ticker } from '../../../src/services/exchanges/port/market-data.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { seededCandle } from '../../support/venue/candles.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue } from '../../support/venue/venue.ts';

const minute = 60_000;
const symbol = 'BTC/USDT';
const logger = createLogger({ level: 'silent', pretty: false });

describe('an exchange that is connected when somebody asks for it', () => {
  let venue: Venue;
  let pinned: Pinned;
  let source: LazySource;
  let attempts: number;
  let isThere: boolean;

  beforeEach(async () => {
    venue = await Venue.start();
    pinned = new Pinned(() => venue);
    attempts = 0;
    isThere = true;
    source = new LazySource({
      exchange: { name: 'binance', displayName: 'Binance' },
      beginsAt: 0,
      logger,
      retryMs: [400, 800],
      open: () => {
        attempts += 1;
        if (!isThere)
          return Promise.reject(new DomainError('EXCHANGE_UNAVAILABLE', 'connecting to binance: getaddrinfo EAI_AGAIN'));
        return CcxtMarketData.open({ exchange: 'binance', prepare: pinned.prepare });
      },
    });
  });
  afterEach(async () => {
    await source.close();
    await venue.close();
    await pinned.close();
  });

  it('connects once for all who ask at the same time', async () => {
    expect([source.connection.status, attempts, venue.requests.length]).toEqual(['IDLE', 0, 0]);
    const [markets, ticker] = await Promise.all([source.markets(), source.ticker(symbol)]);
    expect([markets.length, ticker.last, attempts]).toEqual([2, 10_000, 1]);
    expect(source.connection).toEqual({ status: 'CONNECTED', reason: null, since: expect.any(Date) });
  });

  it('answers at once with a sentence while the exchange cannot be reached, and is there again without a restart', async () => {
    isThere = false;
    const questions = [source.markets(), source.history(symbol, 'M1', 0, 1), source.ticker(symbol)];
    for (const { status, reason } of (await Promise.allSettled(questions)) as PromiseRejectedResult[])
      expect([status, reason.code, reason.message]).toEqual([
        'rejected',
        'EXCHANGE_UNAVAILABLE',
        'Binance cannot be reached: connecting to binance: getaddrinfo EAI_AGAIN. It is tried again; what is stored here can be used meanwhile',
      ]);
    await expect(source.ticker(symbol)).rejects.toThrow('Binance cannot be reached');
    expect(attempts).toBe(1);
    expect(source.connection).toMatchObject({ status: 'UNREACHABLE' });
    isThere = true;
    await expect.poll(() => source.ticker(symbol).catch(() => undefined)).toMatchObject({ last: 10_000 });
    expect([attempts, source.connection.status]).toEqual([2, 'CONNECTED']);
  });

  it('begins what was subscribed to when the exchange comes back, except what was left meanwhile', async () => {
    isThere = false;
    const candles: CandleUpdate[] = [];
    const tickers: Ticker[] = [];
    source.subscribeCandles(symbol, 'M1', (update) => candles.push(update));
    source.subscribeCandles('NOPE/USDT', 'M1', () => undefined);
    const leave = source.subscribeTicker(symbol, (ticker) => tickers.push(ticker));
    await until(() => attempts === 2);
    leave();
    isThere = true;
    await until(() => venue.streams.hears(venue.dialect.topics.candles('BTCUSDT', '1m')));
    const candle = seededCandle(1, Math.floor(venue.now() / minute) * minute);
    venue.kline('BTCUSDT', '1m', candle, false);
    await until(() => candles.length === 1);
    expect(candles[0]).toEqual({ candle, isClosed: false });
    expect(venue.streams.hears(venue.dialect.topics.ticker('BTCUSDT'))).toBe(false);
  });

  it('says that a connected exchange has stopped to answer, until it answers again', async () => {
    await source.markets();
    venue.faults.add({ route: venue.dialect.routes.ticker, effect: 'STATUS', status: 503 });
    await expect(source.ticker(symbol)).rejects.toMatchObject({ code: 'EXCHANGE_UNAVAILABLE' });
    expect(source.connection).toMatchObject({
      status: 'DEGRADED',
      reason: expect.stringContaining('the ticker of BTC/USDT'),
      since: expect.any(Date),
    });
    await source.ticker(symbol);
    expect(source.connection).toEqual({ status: 'CONNECTED', reason: null, since: expect.any(Date) });
  });

  it('connects to nothing once it is closed', async () => {
    await source.close();
    await expect(source.markets()).rejects.toThrow('Binance is not connected any more');
    expect(attempts).toBe(0);
  });
});
