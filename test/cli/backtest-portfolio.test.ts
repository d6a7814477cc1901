import { expect, it } from 'vitest';
import { cli, csvOf, waveRows } from './support.ts';

const wave = csvOf.bind(null, waveRows(400));
const run = (...args: string[]): ReturnType<typeof cli> => cli(['backtest', 'portfolio', '--strategy', 'ema-rsi', ...args]);

it('trades several files on one capital, and says what each brought', async () => {
  const [a, b] = [
    wave(),
    csvOf(waveRows(300).map(([time, ...values]) => [time, ...values.slice(0, 4).map((v) => v * 2), values[4]])),
  ];
  const { code, out, err } = await run(
    '--market',
    `A/USDT=${a}`,
    '--market',
    `B/USDT=${b}`,
    '--position-size-percent',
    '40',
    '--json',
  );
  expect([code, err]).toEqual([0, '']);
  const result = JSON.parse(out) as {
    finalCapital: number;
    markets: { symbol: string; candles: number; trades: number; realizedPnl: number }[];
    trades: { symbol: string; pnl: number; entryTime: string }[];
  };
  expect(result.markets).toMatchObject([
    { symbol: 'A/USDT', candles: 400 },
    { symbol: 'B/USDT', candles: 300 },
  ]);
  for (const { symbol, trades, realizedPnl } of result.markets) {
    const own = result.trades.filter((trade) => trade.symbol === symbol);
    expect(own).toHaveLength(trades);
    expect(own.length).toBeGreaterThan(2);
    expect(own.reduce((sum, { pnl }) => sum + pnl, 0)).toBeCloseTo(realizedPnl, 9);
  }
  const text = await run('--market', `A/USDT=${a}`, '--market', `B/USDT=${b}`);
  expect(text.out).toMatch(/^ema-rsi on 2 markets, 1h\n2024-01-01 00:00 to .* ms\n\nCapital 10,000\.00 to /);
  expect(text.out).toMatch(/\n {2}A\/USDT +400 /);
});

it('of one file gives what `backtest run` gives', async () => {
  const file = wave();
  const [one, alone] = await Promise.all([
    run('--market', `A=${file}`, '--json'),
    cli(['backtest', 'run', '--strategy', 'ema-rsi', '--csv', file, '--json']),
  ]);
  const [portfolio, single] = [one, alone].map(({ out }) => JSON.parse(out) as Record<string, unknown>);
  expect([portfolio.finalCapital, portfolio.metrics]).toEqual([single.finalCapital, single.metrics]);
  for (const key of ['resultHash', 'dataFingerprint', 'dailyResults', 'monthlyResults', 'refusals', 'gaps'])
    expect([key, portfolio[key]]).toEqual([key, key === 'gaps' ? [] : single[key]]);
});

it('tells the refusals, gaps and fingerprint of all markets together', async () => {
  const rows = waveRows(300);
  const [a, b] = [csvOf(rows), csvOf([...rows.slice(0, 100), ...rows.slice(103)])];
  const args = ['--market', `A/USDT=${a}`, '--market', `B/USDT=${b}`, '--max-open-positions', '1', '--json'];
  const { code, out } = await run(...args);
  expect(code).toBe(0);
  const result = JSON.parse(out) as {
    refusals: Record<string, number>;
    markets: { refusals: Record<string, number>; dataFingerprint: string }[];
    monthlyResults: { equity: number }[];
    finalCapital: number;
  };
  const sum = (reason: string): number => result.markets.reduce((total, { refusals }) => total + (refusals[reason] ?? 0), 0);
  expect(Object.keys(result.refusals).length).toBeGreaterThan(0);
  for (const [reason, count] of Object.entries(result.refusals)) expect([reason, count]).toEqual([reason, sum(reason)]);
  expect(result).toMatchObject({
    candles: 597,
    missingCandles: 3,
    gaps: [{ symbol: 'B/USDT', from: '2024-01-05T04:00:00.000Z', to: '2024-01-05T07:00:00.000Z', missing: 3 }],
    qualityIssues: [],
    dataFingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    elapsedMs: expect.any(Number),
  });
  expect(new Set(result.markets.map(({ dataFingerprint }) => dataFingerprint)).size).toBe(2);
  expect(result.monthlyResults.at(-1)?.equity).toBe(result.finalCapital);
});

it.each([
  [[], /--market is missing, such as --market BTC\/USDT=btc\.csv/, 2],
  [['--market', 'BTC'], /--market BTC must be a symbol and a file/, 2],
  [['--market', 'A=a.csv', '--max-open-positions', '0'], /--max-open-positions 0 must be a whole number from 1 to 999/, 2],
  [['--market', 'A=/nowhere.csv'], /cannot read \/nowhere\.csv: there is no such file/, 1],
  [['--market', 'A=a.csv', '--fill-model', 'DETAIL'], /--fill-model DETAIL is for backtest run/, 2],
  [['--market', 'A=a.csv', '--leverage', '5'], /--leverage 5 needs --market-type FUTURES/, 2],
] as const)('%j ends with one sentence', async (args, sentence, code) => {
  const { code: ended, out, err } = await run(...args);
  expect({ ended, out, err }).toEqual({ ended: code, out: '', err: expect.stringMatching(sentence) });
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});

it('a market that stands there twice is refused', async () => {
  const file = wave();
  expect(await run('--market', `A=${file}`, '--market', `A=${file}`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('market "A" stands in the portfolio twice'),
  });
});
