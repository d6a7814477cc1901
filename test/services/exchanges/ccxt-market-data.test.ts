import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CcxtMarketData } from '../../../src/services/exchanges/ccxt/ccxt-market-data.ts';
import type { CandleUpdate } from '../../../src/services/exchanges/port/market-data.ts';
import { canonical } from '../../../src/trading/money.ts';
import { candleAt } from '../../../src/trading/series.ts';
import { seededCandle, type VenueCandle } from '../../support/venue/candles.ts';
import { Pinned } from '../../support/venue/pin.ts';
import { kraken } from '../../support/venue/kraken/kraken.ts';
import { ShiftedTime } from '../market-data/faults/shifted-time.ts';
import { Venue, type VenueOptions } from '../../support/venue/venue.ts';
import { until } from '../../support/venue/until.ts';

const minute = 60_000;
const symbol = 'BTC/USDT';

let venue: Venue;
let pinned: Pinned;
let source: CcxtMarketData;
let trouble: unknown[];

async function open(options: VenueOptions = {}, silenceMs?: number): Promise<void> {
  venue = await Venue.start(options);
  pinned = new Pinned(() => venue);
  trouble = [];
  source = await CcxtMarketData.open({
    exchange: venue.dialect.id,
    prepare: pinned.prepare,
    onTrouble: (error) => trouble.push(error),
    ...(silenceMs !== undefined && { silenceMs }),
  });
}

afterEach(async () => {
  await source.close();
  await venue.close();
  await pinned.close();
});

/** Open time of the forming minute, by the venue's clock. */
const forming = (): number => Math.floor(venue.now() / minute) * minute;
const minutes = (from: number, count: number): VenueCandle[] =>
  Array.from({ length: count }, (_, i) => seededCandle(7, from + i * minute));

describe('market data through ccxt', () => {
  beforeEach(() => open());

  it('tells the rules of spot markets as exact decimals', async () => {
    const rules = await source.markets();
    expect(
      rules.map(({ symbol, tickSize, stepSize, minNotional, takerFeeRate }) =>
        [symbol, ...[tickSize, stepSize, minNotional, takerFeeRate].map(canonical)].join(' '),
      ),
    ).toEqual(['BTC/USDT 0.01 0.00001 5 0.001', 'ETH/USDT 0.01 0.0001 5 0.001']);
  });

  it('pages through history and leaves out the forming candle', async () => {
    const from = forming() - 2_500 * minute;
    venue.addCandles('BTCUSDT', '1m', minutes(from, 2_501));
    const candles = await source.history(symbol, 'M1', from, venue.now() + minute);
    expect(candles.openTime).toHaveLength(2_500);
    expect([candles.openTime[0], candles.openTime[2_499]]).toEqual([from, from + 2_499 * minute]);
    expect(candleAt(candles, 1_234)).toEqual(seededCandle(7, from + 1_234 * minute));
    expect(venue.asked('GET /api/v3/klines')).toBe(3);
  });

  it('gives what lies in the range, across a hole', async () => {
    const from = forming() - 3_000 * minute;
    venue.addCandles('BTCUSDT', '1m', [...minutes(from, 5), ...minutes(from + 2_000 * minute, 5)]);
    const candles = await source.history(symbol, 'M1', from + 3 * minute, from + 2_002 * minute);
    expect([...candles.openTime].map((time) => (time - from) / minute)).toEqual([3, 4, 2_000, 2_001]);
  });

  it('tells the last price', async () => {
    venue.setPrice('BTCUSDT', '12345.67');
    expect(await source.ticker(symbol)).toMatchObject({ symbol, last: 12_345.67, volume: 10 });
  });

  it.each([
    ['NOPE/USDT', 'M1'],
    ['BTC/USDT:USDT', 'M1'],
  ] as const)('knows no market %s', async (unknown, timeframe) => {
    await expect(source.history(unknown, timeframe, 0, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(() => source.subscribeCandles(unknown, timeframe, () => undefined)).toThrow('has no market');
  });

  it('tells a closed candle once, with the values it closed at', async () => {
    const told: CandleUpdate[] = [];
    source.subscribeCandles(symbol, 'M1', (update) => told.push(update));
    await until(() => venue.streams.hears('btcusdt@kline_1m'));
    const [first, second] = minutes(forming(), 2) as [VenueCandle, VenueCandle];
    venue.streams.double('market');
    venue.kline('BTCUSDT', '1m', { ...first, close: 1 }, false);
    await until(() => told.length > 0);
    venue.kline('BTCUSDT', '1m', first, true);
    venue.kline('BTCUSDT', '1m', { ...first, close: 2 }, false);
    venue.kline('BTCUSDT', '1m', second, false);
    await until(() => told.some(({ candle }) => candle.openTime === second.openTime));
    expect(told.filter(({ isClosed }) => isClosed)).toEqual([{ candle: first, isClosed: true }]);
    expect(told.at(-1)).toEqual({ candle: second, isClosed: false });
    expect(trouble).toEqual([]);
  });
});

describe('a closed candle that the exchange corrects', () => {
  beforeEach(() => open());

  it('is told again as it is then, and the candle before it too', async () => {
    const told: CandleUpdate[] = [];
    source.subscribeCandles(symbol, 'M1', (update) => told.push(update));
    await until(() => venue.streams.hears('btcusdt@kline_1m'));
    const [first, second] = minutes(forming(), 2) as [VenueCandle, VenueCandle];
    venue.kline('BTCUSDT', '1m', first, true);
    venue.kline('BTCUSDT', '1m', second, true);
    venue.kline('BTCUSDT', '1m', second, true);
    const [again, other] = [
      { ...first, volume: first.volume + 1 },
      { ...second, volume: second.volume + 2 },
    ];
    venue.kline('BTCUSDT', '1m', again, true);
    venue.kline('BTCUSDT', '1m', other, true);
    await until(() => told.length >= 4);
    expect(told).toEqual([first, second, again, other].map((candle) => ({ candle, isClosed: true })));
  });
});

describe('live candles through ccxt', () => {
  /** The venue's clock stands so many milliseconds before the end of a minute. */
  const before = (ms: number): VenueOptions => ({ skewMs: minute - (Date.now() % minute) - ms });
  const topic = 'btcusdt@kline_1m';
  let told: CandleUpdate[];

  const watch = async (): Promise<number> => {
    told = [];
    const first = forming();
    source.subscribeCandles(symbol, 'M1', (update) => told.push(update));
    await until(() => venue.streams.hears(topic));
    return first;
  };
  const closed = (): VenueCandle[] => told.filter(({ isClosed }) => isClosed).map(({ candle }) => candle);

  it('asks the records when the next candle begins and no word came that the last one is closed', async () => {
    await open(before(3_000));
    const first = await watch();
    const [one, two] = minutes(first, 2) as [VenueCandle, VenueCandle];
    venue.kline('BTCUSDT', '1m', { ...one, close: 1 }, false);
    await until(() => told.length === 1);
    await until(() => venue.now() >= first + minute);
    venue.candles.put('BTCUSDT', '1m', one);
    venue.kline('BTCUSDT', '1m', two, false);
    await until(() => told.at(-1)?.candle.openTime === two.openTime);
    expect(closed()).toEqual([one]);
    expect(told.at(-1)).toEqual({ candle: two, isClosed: false });
  });

  it('asks the records when a mute stream lets the end of a candle pass, and makes the connection anew', async () => {
    await open(before(3_000), 500);
    const first = await watch();
    const [one, two] = minutes(first, 2) as [VenueCandle, VenueCandle];
    venue.streams.mute('market');
    venue.kline('BTCUSDT', '1m', one, true);
    await until(() => closed().length === 1);
    expect(closed()).toEqual([one]);
    await until(() => venue.streams.connections.market === 2 && venue.streams.hears(topic));
    venue.streams.unmute('market');
    venue.kline('BTCUSDT', '1m', two, true);
    await until(() => closed().length === 2);
    expect(closed()).toEqual([one, two]);
  });

  it('fills in the candles that closed while the connection was cut, in order and once', async () => {
    await open(before(3_000));
    const first = await watch();
    const [one, two, three] = minutes(first - minute, 3) as [VenueCandle, VenueCandle, VenueCandle];
    venue.candles.put('BTCUSDT', '1m', one);
    venue.streams.isRefusing = true;
    venue.streams.kill('market');
    venue.candles.put('BTCUSDT', '1m', two);
    venue.faults.add({ route: 'GET /api/v3/klines', effect: 'STATUS', status: 503, times: 2 });
    await until(() => venue.now() >= first + minute);
    venue.streams.isRefusing = false;
    await until(() => venue.streams.hears(topic));
    venue.kline('BTCUSDT', '1m', three, false);
    await until(() => closed().length === 1);
    venue.kline('BTCUSDT', '1m', two, true);
    venue.kline('BTCUSDT', '1m', three, true);
    await until(() => closed().length === 2);
    expect(closed()).toEqual([two, three]);
    expect(trouble.length).toBeGreaterThan(0);
  });

  it('says with the first news, and with the first after a cut, since when corrections may not have been told', async () => {
    await open(before(30_000));
    const resumed: number[] = [];
    const subscribedAt = source.now();
    source.subscribeCandles(
      symbol,
      'M1',
      () => undefined,
      (since) => resumed.push(since),
    );
    const one = seededCandle(7, forming());
    const tell = (volume: number): void => venue.kline('BTCUSDT', '1m', { ...one, volume }, false);
    await until(() => venue.streams.hears(topic));
    tell(1);
    await until(() => resumed.length === 1);
    expect(resumed[0]).toBeGreaterThanOrEqual(subscribedAt);
    const heardAt = source.now();
    tell(2);
    await venue.streams.flushed();
    expect(resumed).toHaveLength(1);
    venue.streams.kill('market');
    await until(() => !venue.streams.hears(topic));
    const lostAt = source.now();
    await until(() => venue.streams.hears(topic));
    tell(3);
    await until(() => resumed.length === 2);
    expect(resumed[1]).toBeGreaterThanOrEqual(heardAt - 1_000);
    expect(resumed[1]).toBeLessThanOrEqual(lostAt);
  });

  it('says so too when a candle was left out that others were told of', async () => {
    await open(before(30_000));
    const resumed: number[] = [];
    source.subscribeCandles(
      symbol,
      'M1',
      () => undefined,
      (since) => resumed.push(since),
    );
    await until(() => venue.streams.hears(topic));
    const [one, two, three] = minutes(forming(), 3) as [VenueCandle, VenueCandle, VenueCandle];
    venue.kline('BTCUSDT', '1m', one, true);
    venue.kline('BTCUSDT', '1m', two, false);
    await venue.streams.flushed();
    expect(resumed).toHaveLength(1);
    venue.kline('BTCUSDT', '1m', three, false);
    await until(() => resumed.length === 2);
  });

  it('sees in the records it asks anyway what was corrected, where the stream says of no candle that it is closed', async () => {
    await open(before(30_000));
    const time = new ShiftedTime();
    try {
      const first = await watch();
      const [one, two] = minutes(first, 2) as [VenueCandle, VenueCandle];
      const corrected = { ...one, volume: one.volume + 1 };
      for (const [now, next] of [
        [one, two],
        [corrected, { ...two, openTime: two.openTime + minute }],
      ] as const) {
        venue.candles.put('BTCUSDT', '1m', now);
        if (now === corrected) venue.candles.put('BTCUSDT', '1m', two);
        time.jump(minute);
        venue.kline('BTCUSDT', '1m', next, false);
        await until(() => told.at(-1)?.candle.openTime === next.openTime);
      }
      expect(closed()).toEqual([one, corrected, two]);
    } finally {
      time.restore();
    }
  });

  it('takes the past candles that Kraken tells at the beginning for what they are: nothing that has just closed', async () => {
    await open({ ...before(30_000), dialect: kraken });
    const first = forming();
    venue.addCandles('BTCUSDT', '1m', minutes(first - 11 * minute, 12));
    told = [];
    const resumed: number[] = [];
    source.subscribeCandles(
      symbol,
      'M1',
      (update) => told.push(update),
      (since) => resumed.push(since),
    );
    await until(() => told.length > 0);
    expect(told).toEqual([{ candle: seededCandle(7, first), isClosed: false }]);
    expect(resumed).toHaveLength(1);
  });

  it('puts events that come in the wrong order right', async () => {
    await open(before(30_000));
    const first = await watch();
    const [one, two] = minutes(first, 2) as [VenueCandle, VenueCandle];
    venue.streams.hold('market');
    venue.kline('BTCUSDT', '1m', { ...one, close: 1 }, false);
    venue.kline('BTCUSDT', '1m', one, true);
    venue.kline('BTCUSDT', '1m', two, false);
    venue.streams.release('market', 'REVERSED');
    await until(() => closed().length === 1);
    venue.kline('BTCUSDT', '1m', two, true);
    await until(() => closed().length === 2);
    expect(closed()).toEqual([one, two]);
  });

  it('ends the subscription with the last listener, and begins anew with the next', async () => {
    await open(before(30_000));
    const leave = [1, 2].map(() => source.subscribeCandles(symbol, 'M1', (update) => told.push(update)));
    await until(() => venue.streams.hears(topic));
    const [one, two] = minutes(forming(), 2) as [VenueCandle, VenueCandle];
    told = [];
    venue.kline('BTCUSDT', '1m', one, false);
    await until(() => told.length === 2);
    leave[0]?.();
    leave[0]?.();
    venue.kline('BTCUSDT', '1m', one, true);
    await until(() => told.length === 3);
    leave[1]?.();
    await until(() => !venue.streams.hears(topic));
    await watch();
    venue.kline('BTCUSDT', '1m', two, false);
    venue.kline('BTCUSDT', '1m', one, true);
    await until(() => told.length > 0);
    expect(closed()).toEqual([one]);
  });
});
