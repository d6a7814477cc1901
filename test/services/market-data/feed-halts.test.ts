import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { CandleFeeds, type OpenFeed } from '../../../src/services/market-data/feeds.ts';
import { seededCandle } from '../../support/venue/candles.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { until } from '../../support/venue/until.ts';
import { Venue } from '../../support/venue/venue.ts';
import { FakeStore, minute } from './support/fakes.ts';

describe('the feed of a market that says nothing', () => {
  const key = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: 'M1' } as const;
  let venue: Venue;
  let pinned: Pinned;
  let source: CcxtMarketData;
  let feeds: CandleFeeds;
  let wall: number;
  let told: OpenFeed[];

  async function open(): Promise<void> {
    venue = await Venue.start();
    pinned = new Pinned(() => venue);
    source = await CcxtMarketData.open({ exchange: 'binance', prepare: pinned.prepare });
    wall = venue.now();
    const logger = createLogger({ level: 'silent', pretty: false });
    feeds = new CandleFeeds({ sourceOf: () => source, store: new FakeStore(), logger, wallClock: () => wall });
    feeds.subscribe(key, () => undefined);
    told = [];
    feeds.follow(key, (feed) => told.push(feed));
    await until(() => {
      trades();
      return state() === 'LIVE';
    });
  }
  afterEach(async () => {
    await feeds.close();
    await source.close();
    await venue.close();
    await pinned.close();
  });

  const state = (): string | undefined => told.at(-1)?.status.state;
  const trades = (): void => {
    const openTime = Math.floor(venue.now() / minute) * minute;
    venue.kline('BTCUSDT', '1m', { ...seededCandle(7, openTime), volume: wall % 1_000 }, false);
  };
  /** Time passes by the feed's own clock, and it is looked after, until it is in a state. */
  async function passesUntil(wanted: string): Promise<void> {
    for (let tries = 0; state() !== wanted; tries += 1) {
      if (tries === 100) throw new Error(`it is ${state()}, not ${wanted}`);
      wall += 2 * minute;
      feeds.check();
      await sleep(200);
    }
  }

  it('is degraded, and halted once the exchange says so, and live again when the market trades, without a restart', async () => {
    await open();
    await passesUntil('DEGRADED');
    expect(told.at(-1)?.status.reason).toMatch(/^the exchange has told nothing since .*; it was subscribed again$/);
    venue.ledger.change('BTCUSDT', { isHalted: true });
    await passesUntil('HALTED');
    expect(told.at(-1)?.status.reason).toBe(
      'trading in BTC/USDT is halted at binance: it goes on by itself when the market does',
    );
    venue.ledger.change('BTCUSDT', { isHalted: false });
    await passesUntil('DEGRADED');
    expect(told.at(-1)?.status.reason).toContain('trading in BTC/USDT goes on, but the exchange has told nothing since');
    await until(() => {
      trades();
      return state() === 'LIVE';
    });
    expect(told.at(-1)?.status.reason).toBeNull();
    const states = told.map(({ status }) => status.state);
    expect(states.filter((each, i) => each !== states[i - 1]).slice(-5)).toEqual([
      'LIVE',
      'DEGRADED',
      'HALTED',
      'DEGRADED',
      'LIVE',
    ]);
  });
});
