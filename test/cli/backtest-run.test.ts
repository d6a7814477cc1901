import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, csvOf, start, tempFolder, waveRows } from './support.ts';

const wave = (): string => csvOf(waveRows(400));
const run = (file: string, ...more: string[]): ReturnType<typeof cli> =>
  cli(['backtest', 'run', '--strategy', 'ema-rsi', '--csv', file, ...more]);

interface Printed {
  readonly finalCapital: number;
  readonly metrics: Record<string, number | null>;
  readonly trades: readonly Record<string, unknown>[];
  readonly openPosition: Record<string, unknown> | null;
  readonly dailyResults: readonly { readonly day: string; readonly pnl: number }[];
  readonly monthlyResults: readonly Record<string, unknown>[];
  readonly gaps: readonly Record<string, unknown>[];
  readonly ambiguousCandles: number;
  readonly resultHash: string;
  readonly candles: number;
  readonly elapsedMs: number;
}
const printed = (out: string): Printed => JSON.parse(out) as Printed;

describe('backtest run --json', () => {
  it('prints one object with numbers, ISO times and nothing else', async () => {
    const { code, out, err } = await run(wave(), '--json', '--close-at-end');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out.trim().split('\n')).toHaveLength(1);
    const result = printed(out);
    expect(Object.keys(result)).toEqual([
      'finalCapital',
      'metrics',
      'undefinedMetrics',
      'trades',
      'openPosition',
      'gaps',
      'ambiguousCandles',
      'profitBand',
      'refusals',
      'missingCandles',
      'outlierCandles',
      'duplicateCandles',
      'qualityIssues',
      'dailyResults',
      'monthlyResults',
      'strategy',
      'dataFingerprint',
      'resultHash',
      'candles',
      'elapsedMs',
    ]);
    expect(result).toMatchObject({
      finalCapital: expect.any(Number),
      candles: 400,
      elapsedMs: expect.any(Number),
      resultHash: expect.stringMatching(/^[0-9a-f]{32}$/),
      gaps: [],
    });
    expect(result.trades.length).toBeGreaterThan(3);
    expect(Object.keys(result.trades[0])).toEqual([
      'side',
      'quantity',
      'entryTime',
      'entryPrice',
      'exitTime',
      'exitPrice',
      'fees',
      'funding',
      'pnl',
      'pnlPercent',
      'candlesHeld',
      'maePercent',
      'mfePercent',
      'exitReason',
    ]);
    for (const trade of result.trades)
      expect(trade).toMatchObject({
        side: 'LONG',
        quantity: expect.any(Number),
        entryTime: expect.stringMatching(/^2024-\d\d-\d\dT\d\d:00:00\.000Z$/),
        exitTime: expect.stringMatching(/^2024-/),
        pnl: expect.any(Number),
        exitReason: expect.stringMatching(/^(SIGNAL|END_OF_DATA)$/),
      });
    const total = result.trades.reduce((sum, trade) => sum + Number(trade['pnl']), 0);
    expect(result.metrics['trades']).toBe(result.trades.length);
    expect(result.monthlyResults).toEqual([
      {
        month: '2024-01',
        equity: result.finalCapital,
        pnl: expect.any(Number),
        returnPercent: expect.any(Number),
        trades: result.trades.length,
      },
    ]);
    expect(result.dailyResults.map(({ day }) => day)).toEqual(
      Array.from({ length: 17 }, (_, i) => `2024-01-${String(i + 1).padStart(2, '0')}`),
    );
    expect(result.dailyResults.reduce((sum, { pnl }) => sum + pnl, 0)).toBeCloseTo(result.finalCapital - 10_000, 6);
    expect(result.openPosition).toBeNull();
    expect(result.finalCapital).toBeCloseTo(10_000 + total, 6);
  });

  it('gives the same hash for the same run, and another for another', async () => {
    const file = wave();
    const hashOf = async (...more: string[]): Promise<string> => printed((await run(file, '--json', ...more)).out).resultHash;
    const first = await hashOf();
    expect(await hashOf()).toBe(first);
    expect(await hashOf('--fee-percent', '0.2')).not.toBe(first);
  });

  it('tells gaps with their times', async () => {
    const rows = waveRows(400);
    rows.splice(100, 3);
    expect(printed((await run(csvOf(rows), '--json')).out).gaps).toEqual([
      { from: new Date(start + 100 * 3_600_000).toISOString(), to: new Date(start + 103 * 3_600_000).toISOString(), missing: 3 },
    ]);
  });

  it('tells a position that is still open', async () => {
    const { out } = await cli([
      'backtest',
      'run',
      '--strategy',
      'buy-and-hold',
      '--csv',
      wave(),
      '--json',
      '--stop-loss-percent',
      '90',
    ]);
    expect(printed(out)).toMatchObject({
      trades: [],
      openPosition: { side: 'LONG', entryTime: '2024-01-01T01:00:00.000Z', stopPrice: expect.any(Number), targetPrice: null },
    });
  });

  it('keeps notes about the file and the chart out of standard output', async () => {
    const rows = waveRows(400);
    const chart = join(tempFolder(), 'chart.svg');
    const { out, err } = await run(csvOf([...rows, rows[5]], 'twice.csv'), '--json', '--chart', chart);
    expect(printed(out).candles).toBe(400);
    expect(err).toContain('twice.csv: 1 duplicate row');
    expect(err).toContain('twice.csv: 1 rows out of order: sorted by time');
    expect(err).toContain(`Chart written to ${chart}`);
  });
});

describe('backtest run', () => {
  it('prints a summary, the last trades and the hash', async () => {
    const { code, out } = await run(wave(), '--stop-loss-percent', '2', '--symbol', 'WAVE/USDT');
    expect(code).toBe(0);
    expect(out).toMatch(/^ema-rsi on WAVE\/USDT, 1h\n2024-01-01 00:00 to 2024-01-17 15:00 UTC, 400 candles in \d+ ms\n/);
    expect(out).toContain('emaFast=9 emaSlow=21 rsiPeriod=14 rsiOversold=30 rsiOverbought=70 rsiExit=80 stopLossPercent=2\n');
    expect(out).toMatch(/Initial capital {2}10,000\.00 +Closed trades +\d+\n/);
    expect(out).toMatch(/Side {2}Entry \(UTC\) +Price {2}Exit \(UTC\) +Price +Quantity +Profit +Return {2}Exit reason\n/);
    expect(out).toMatch(/Result hash [0-9a-f]{32}\n$/);
  });

  it('says when there were no trades', async () => {
    expect((await run(csvOf(waveRows(25)))).out).toContain('\nNo trades.\n');
  });

  it('takes parameters, off among them, and options with their exact meaning', async () => {
    const file = wave();
    const { out } = await run(
      file,
      '--param',
      'emaFast=5',
      '--param',
      'rsiExit=off',
      '--initial-capital',
      '500.5',
      '--quantity-step',
      '1e-3',
      '--close-at-end',
      '--json',
    );
    const result = printed(out);
    expect(result.openPosition).toBeNull();
    for (const trade of result.trades) expect((Number(trade['quantity']) * 1000) % 1).toBeCloseTo(0, 6);
    expect((await run(file, '--param', 'emaFast=5', '--param', 'rsiExit=off')).out).toContain(
      'emaFast=5 emaSlow=21 rsiPeriod=14 rsiOversold=30 rsiOverbought=70 rsiExit=null',
    );
  });

  it.each([
    ['from a day on', ['--from', '2024-01-03'], 352],
    ['before a time', ['--to', '2024-01-03T06:00Z'], 54],
    ['between two, zones obeyed', ['--from', '2024-01-02T01:00+01:00', '--to', '2024-01-03'], 24],
  ])('runs on the candles %s', async (_name, range, candles) => {
    expect(printed((await run(wave(), '--json', ...range)).out).candles).toBe(candles);
  });

  it('finds the candle length of a file by itself, gaps or not', async () => {
    const rows = waveRows(60);
    rows.splice(1, 3);
    expect((await run(csvOf(rows))).out).toMatch(/^ema-rsi on candles\.csv, 1h\n/);
  });

  it('lets finer candles decide what a coarse one leaves open', async () => {
    // Stop 98 and target 102 lie in one candle; the finer ones know that the target came first.
    const rows = Array.from({ length: 30 }, (_, i) => [start + i * 3_600_000, 100, 100.2, 99.8, 100, 1]);
    rows[10] = [start + 10 * 3_600_000, 100, 103, 97, 100, 1];
    const fine = rows.flatMap(([time, open, high, low, close], i) =>
      [0, 1].map((half) => {
        const [top, bottom] = i === 10 ? [half === 0 ? 103 : 100, half === 0 ? 100 : 97] : [high, low];
        return [time + half * 1_800_000, open, top, bottom, close, 1];
      }),
    );
    const hold = (...more: string[]): ReturnType<typeof cli> =>
      cli(['backtest', 'run', '--strategy', 'buy-and-hold', '--csv', csvOf(rows), '--stop-loss-percent', '2', ...more, '--json']);
    const reasonOf = async (...more: string[]): Promise<unknown> =>
      printed((await hold('--take-profit-percent', '2', ...more)).out).trades[0]['exitReason'];
    expect(await reasonOf()).toBe('STOP_LOSS');
    expect(await reasonOf('--fill-model', 'DETAIL', '--detail-csv', csvOf(fine, 'fine.csv'))).toBe('TAKE_PROFIT');
  });

  it('draws a chart', async () => {
    const chart = join(tempFolder(), 'wave.svg');
    await run(wave(), '--chart', chart);
    expect(readFileSync(chart, 'utf8')).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
  });

  it('reads from the file only, whatever the environment says of a database', async () => {
    const file = wave();
    const { code } = await cli(['backtest', 'run', '--strategy', 'ema-rsi', '--csv', file], { DATABASE_URL: 'nonsense' });
    expect(code).toBe(0);
  });
});

const engineOptions: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [['--market-type', 'MARGIN'], '--market-type must be one of SPOT, FUTURES, not "MARGIN"'],
  [['--leverage', '0'], '--leverage 0 must be at least 1'],
  [['--leverage', '20'], '--leverage 20 needs --market-type FUTURES; on SPOT it is 1'],
  [['--leverage', '200', '--market-type', 'FUTURES'], '--leverage 200 exceeds its limit 125'],
  [['--initial-capital', '0'], '--initial-capital 0 must be at least 1e-8'],
  [['--initial-capital', 'much'], '--initial-capital must be a number, not "much"'],
  [['--fee-percent', '11'], '--fee-percent 11 exceeds its limit 10'],
  [['--maker-fee-percent', '-2'], '--maker-fee-percent -2 must be at least -1'],
  [['--slippage-percent', '-0.1'], '--slippage-percent -0.1 must be at least 0'],
  [['--position-size-percent', '101'], '--position-size-percent 101 exceeds its limit 100'],
  [['--position-size-fixed', '0'], '--position-size-fixed 0 must be above 0'],
  [['--stop-loss-percent', '100'], '--stop-loss-percent 100 exceeds its limit 99.99'],
  [['--stop-loss-percent', '2%'], '--stop-loss-percent must be a number or off, not "2%"'],
  [['--take-profit-percent', '0'], '--take-profit-percent 0 must be above 0'],
  [['--trailing-stop-percent', '-1'], '--trailing-stop-percent -1 must be above 0'],
  [['--stop-anchor', 'FILL'], '--stop-anchor must be one of ENTRY_FILL, SIGNAL_CLOSE, not "FILL"'],
  [['--quantity-step', '0'], '--quantity-step 0 must be above 0'],
  [['--min-notional', '-5'], '--min-notional -5 must be at least 0'],
  [['--maintenance-margin-percent', '51'], '--maintenance-margin-percent 51 exceeds its limit 50'],
  [['--liquidation-fee-percent', 'x'], '--liquidation-fee-percent must be a number, not "x"'],
  [['--max-daily-loss-percent', '101'], '--max-daily-loss-percent 101 exceeds its limit 100'],
  [['--daily-target-percent', '0'], '--daily-target-percent 0 must be above 0'],
  [['--max-daily-trades', '1.5'], '--max-daily-trades must be a whole number, not 1.5'],
  [['--cooldown-candles', '-1'], '--cooldown-candles -1 must be at least 0'],
  [['--stop-loss-guard-count', '0'], '--stop-loss-guard-count 0 must be at least 1'],
  [['--stop-loss-guard-candles', '0'], '--stop-loss-guard-candles 0 must be at least 1'],
  [['--max-drawdown-percent', '101'], '--max-drawdown-percent 101 exceeds its limit 100'],
  [['--fill-at', 'NEXT_OPN'], '--fill-at must be one of NEXT_OPEN, SIGNAL_CLOSE, not "NEXT_OPN"; did you mean NEXT_OPEN?'],
  [['--target-gap', 'CLOSE'], '--target-gap must be one of LEVEL, OPEN, not "CLOSE"'],
  [['--fill-model', 'OPTIMISTIC'], '--fill-model must be one of PESSIMISTIC, OHLC_PATH, DETAIL, not "OPTIMISTIC"'],
  [['--annual-days', '400'], '--annual-days 400 exceeds its limit 366'],
  [['--max-missing-percent', '0'], '--max-missing-percent 0 must be above 0'],
];

describe('a bad value of an option ends with one sentence, code 2 and no output', () => {
  it.each([
    ...engineOptions,
    [['--param', 'emaFast'], '--param takes key=value, such as emaFast=9, not "emaFast"'],
    [['--param', 'emaFst=9'], /strategy "ema-rsi" has no parameter "emaFst"; it has emaFast, .*; did you mean emaFast\?/],
    [['--param', 'emaFast=x'], 'emaFast of strategy "ema-rsi" must be a number, not "x"'],
    [['--param', 'emaFast=0'], 'emaFast 0 of strategy "ema-rsi" must be at least 1'],
    [['--param', 'emaFast=9.5'], 'emaFast of strategy "ema-rsi" must be a whole number, not 9.5'],
    [['--param', 'emaFast=30'], /emaFast 30/],
    [['--param', 'emaFast=5', '--param', 'emaFast=6'], '--param emaFast is given twice'],
    [['--timeframe', '7h'], /there is no timeframe "7h"; there are 1m, 3m, /],
    [['--from', 'yesterday'], '--from takes a time like 2024-01-31 or 2024-01-31T12:00Z, not "yesterday"'],
    [['--to', '2024-02-30'], '--to takes a time like 2024-01-31 or 2024-01-31T12:00Z, not "2024-02-30"'],
    [['--from', '2024-02-01', '--to', '2024-01-01'], '--from 2024-02-01 must be before --to 2024-01-01'],
    [['--chart', 'chart.png'], '--chart writes SVG: "chart.png" must end in .svg'],
    [['--strategy', 'ema-rsy'], /there is no strategy "ema-rsy"; there are ema-rsi, .*; did you mean ema-rsi\?/],
    [['--stop-los-percent', '2'], "unknown option '--stop-los-percent'. Did you mean --stop-loss-percent?"],
    [['--fill-model', 'DETAIL'], '--fill-model DETAIL needs finer candles: name a file of them with --detail-csv'],
    [['--detail-csv', 'fine.csv'], '--detail-csv is for --fill-model DETAIL'],
    [['--detail-timeframe', '1m'], '--detail-timeframe is for --fill-model DETAIL'],
    [['--fill-model', 'DETAIL', '--detail-timeframe', '9m'], /there is no timeframe "9m"/],
    [['--json', 'extra'], /too many arguments/],
    [['--leverage'], "option '--leverage <number>' argument missing"],
  ] as const)('%j', async (args, sentence) => {
    const { code, out, err } = await run(wave(), ...args);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    const expected = typeof sentence === 'string' ? err === `error: ${sentence}\n` : sentence.test(err);
    expect(expected, err).toBe(true);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it.each([
    [[], '--strategy is missing, such as --strategy ema-rsi'],
    [['--strategy', 'ema-rsi'], '--exchange is missing, for candles of the database (or name a file: --csv candles.csv)'],
    [['--strategy', 'ema-rsi', '--exchange', 'binance'], /--symbol is missing/],
    [['--strategy', 'ema-rsi', '--exchange', 'binance', '--symbol', 'BTC/USDT'], /--timeframe is missing/],
  ] as const)('missing: %j', async (args, sentence) => {
    const { code, err } = await cli(['backtest', 'run', ...args]);
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });
});

describe('what cannot be done ends with one sentence and code 1', () => {
  const failing = async (args: readonly string[]): Promise<string> => {
    const { code, out, err } = await cli(['backtest', 'run', '--strategy', 'ema-rsi', ...args]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    return err;
  };

  it('a file that is not there', async () => {
    expect(await failing(['--csv', 'nowhere.csv'])).toBe('error: cannot read nowhere.csv: there is no such file\n');
  });

  it('a folder', async () => {
    expect(await failing(['--csv', tempFolder()])).toMatch(/: it is not a file\n$/);
  });

  it('a file without a candle header', async () => {
    const file = join(tempFolder(), 'notes.csv');
    writeFileSync(file, 'name,price\nx,1\n');
    expect(await failing(['--csv', file, '--timeframe', '1h'])).toMatch(
      /notes\.csv must be a header like timestamp,open,high,low,close,volume/,
    );
    expect(await failing(['--csv', file])).toMatch(/notes\.csv must be a header/);
  });

  it('a bad row', async () => {
    const rows: (number | string)[][] = waveRows(50);
    rows[30][2] = 'high';
    expect(await failing(['--csv', csvOf(rows)])).toMatch(/nothing was imported from candles\.csv: line 32: /);
  });

  it('no candles between two times', async () => {
    expect(await failing(['--csv', wave(), '--from', '2025-01-01'])).toBe(
      'error: candles.csv has no 1h candles from 2025-01-01 00:00; it reaches from 2024-01-01 00:00 to 2024-01-17 15:00 UTC\n',
    );
  });

  it.each([
    [
      ['--strategy', 'ema-rsi', '--param', 'emaSlow=5000'],
      'strategy "ema-rsi" needs 5001 candles before it decides, its slowest indicator being EMA(5000); there are only 60',
    ],
    [
      ['--strategy', 'macd-trend'],
      'strategy "macd-trend" needs 201 candles before it decides, its slowest indicator being EMA(200); there are only 60',
    ],
    [['--strategy', 'donchian-breakout', '--param', 'entryPeriod=60'], 'strategy "donchian-breakout" needs 61 candles'],
  ])('fewer candles than the strategy looks back at: %j', async (args, sentence) => {
    expect(await failing(['--csv', csvOf(waveRows(60)), ...args])).toContain(sentence);
  });

  it('too few candles', async () => {
    expect(await failing(['--csv', csvOf(waveRows(3)), '--to', '2024-01-01T01:00'])).toMatch(
      /there is 1 candle to run on; at least 2 are needed/,
    );
  });

  it('more missing candles than allowed', async () => {
    const rows = waveRows(100);
    rows.splice(10, 30);
    expect(await failing(['--csv', csvOf(rows), '--max-missing-percent', '5'])).toMatch(/30 of 100 candles are missing/);
  });

  it('finer candles that are not finer', async () => {
    const file = wave();
    expect(await failing(['--csv', file, '--fill-model', 'DETAIL', '--detail-csv', file])).toBe(
      'error: detail candles of 1h do not divide candles of 1h\n',
    );
  });

  it('a chart in a folder that is not there, and no result either', async () => {
    const chart = join(tempFolder(), 'missing', 'chart.svg');
    expect(await failing(['--csv', wave(), '--chart', chart])).toMatch(/cannot write the chart .*: there is no such folder/);
    expect(existsSync(chart)).toBe(false);
  });
});

describe('help', () => {
  it.each([
    [['--help'], 'Usage: candlewick'],
    [['backtest', 'run', '--help'], '--take-profit-percent <number>'],
    [['help', 'backtest'], 'Usage: candlewick backtest'],
  ])('%j goes to standard output with code 0', async (args, text) => {
    const { code, out, err } = await cli(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(text);
  });

  it('is shown on standard error when no command is given, with code 2', async () => {
    const { code, out, err } = await cli([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: candlewick');
  });

  it('suggests a command', async () => {
    expect(await cli(['backtst'])).toMatchObject({ code: 2, err: "error: unknown command 'backtst'. Did you mean backtest?\n" });
  });
});

describe('backtest strategies', () => {
  it('lists names, defaults and limits', async () => {
    const { out } = await cli(['backtest', 'strategies']);
    expect(out).toMatch(/^ema-rsi: /);
    expect(out).toMatch(/emaFast +9 {2}1 to 1000 /);
    expect(out).toMatch(/rsiExit +80 {2}0 to 100, off /);
  });

  it('prints one object with --json', async () => {
    const { strategies } = JSON.parse((await cli(['backtest', 'strategies', '--json'])).out) as {
      strategies: { name: string; parameterSchema: { properties: object } }[];
    };
    expect(strategies.map(({ name }) => name)).toContain('buy-and-hold');
    expect(strategies[0].parameterSchema.properties).toHaveProperty('emaFast');
  });
});
