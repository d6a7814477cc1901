import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pluginFolder, pluginSource } from '../services/strategies/plugins/support.ts';
import { type CliRun, cli, csvOf, tempFolder, waveRows } from './support.ts';

const wave = (count = 600): string => csvOf(waveRows(count), 'wave.csv');
const oracle = pluginSource({
  name: "'oracle'",
  signals: `({ candles: { close } }) => (from, to, out) => {
    for (let i = from; i < to; i++) out[i] = close[i + 1] > close[i] ? Signal.ENTER_LONG : Signal.EXIT_LONG;
  }`,
});
const keeping = `let top;\n${pluginSource({
  name: "'keeping'",
  signals: `({ candles: { close } }) => {
    top ??= close.at(-1);
    return (from, to, out) => {
      for (let i = from; i < to; i++) out[i] = close[i] > top ? Signal.ENTER_LONG : Signal.EXIT_LONG;
    };
  }`,
})}`;
const folderEnv = (files: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  CANDLEWICK_STRATEGIES: pluginFolder(files),
});

describe('strategy check', () => {
  it('passes a built-in with a verdict that says how much was looked at', async () => {
    const { code, out, err } = await cli(['strategy', 'check', 'ema-rsi', '--csv', wave()]);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('ema-rsi on wave.csv, 1h: 600 candles from 2024-01-01 00:00 to 2024-01-25 23:00 UTC');
    expect(out).toMatch(
      /passed: 579 decisions the same a second time and candle by candle, and after each of 2\d\d cuts of the series/,
    );
  });

  it('passes a plugin of the folder by its name, with parameters', async () => {
    const { code, out } = await cli(
      ['strategy', 'check', 'above-average', '--param', 'period=40', '--csv', wave()],
      folderEnv({ 'average.mjs': pluginSource() }),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^above-average \(average\.mjs\) on wave\.csv/);
    expect(out).toContain('passed: 560 decisions');
  });

  it('ends with 1 and a table when a plugin, given as a file, looks ahead', async () => {
    const file = join(pluginFolder({ 'oracle.mjs': oracle }), 'oracle.mjs');
    const { code, out, err } = await cli(['strategy', 'check', file, '--csv', wave()]);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: strategy "oracle" cannot be trusted: \d+ differences found\n$/);
    expect(out).toMatch(/FAILED: \d+ differences; the first 5\n/);
    expect(out).toMatch(/2024-01-\d\d \d\d:00 {2}FUTURE {2}signals {2}ENTER_LONG {2}EXIT_LONG\n/);
    expect(out).toContain('  FUTURE: with later candles in sight it says something else: it looks ahead.');
  });

  it('sees what a module keeps', async () => {
    const file = join(pluginFolder({ 'keeping.mjs': keeping }), 'keeping.mjs');
    const { code, out } = await cli(['strategy', 'check', file, '--csv', wave()]);
    expect(code).toBe(1);
    expect(out).toContain('  UNREPEATABLE: ');
  });

  it('prints one object with --json, passed or not', async () => {
    const env = folderEnv({ 'oracle.mjs': oracle });
    const printed = ({ out }: CliRun): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;
    expect(printed(await cli(['strategy', 'check', 'oracle', '--csv', wave(), '--json'], env))).toMatchObject({
      strategy: 'oracle',
      file: 'oracle.mjs',
      passed: false,
      given: 600,
      candles: 600,
      from: '2024-01-01T00:00:00.000Z',
      differences: expect.arrayContaining([
        expect.objectContaining({ kind: 'FUTURE', openTime: expect.stringMatching(/^2024-01/) }),
      ]),
    });
    expect(printed(await cli(['strategy', 'check', 'ema-rsi', '--csv', wave(), '--json', '--max-candles', '100']))).toMatchObject(
      {
        strategy: 'ema-rsi',
        file: null,
        passed: true,
        given: 600,
        candles: 100,
        differences: [],
      },
    );
  });

  it('tells the gaps between the candles that were checked', async () => {
    const rows = waveRows(600);
    const file = csvOf([...rows.slice(0, 10), ...rows.slice(20, 400), ...rows.slice(404)], 'holes.csv');
    const { code, out } = await cli(['strategy', 'check', 'ema-rsi', '--csv', file, '--max-candles', '500']);
    expect(code).toBe(0);
    expect(out).toContain('\n  missing candles: 4, the first 2024-01-17 16:00 to 2024-01-17 20:00 UTC\n');
    const json = await cli(['strategy', 'check', 'ema-rsi', '--csv', file, '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ missingCandles: 14, gaps: [{ missing: 10 }, { missing: 4 }] });
  });

  it('reads candles of the database, or those that a market generates', async () => {
    const env = { DATABASE_URL: `sqlite:${join(tempFolder(), 'test.db')}` };
    const where = [
      '--exchange',
      'sim',
      '--symbol',
      'BTC/USDT',
      '--timeframe',
      '1h',
      '--from',
      '2025-01-01',
      '--to',
      '2025-02-01',
    ];
    const { code, out } = await cli(['strategy', 'check', 'rsi-reversion', ...where], env);
    expect(code).toBe(0);
    expect(out).toContain('rsi-reversion on BTC/USDT at sim, 1h: 744 candles');
  });

  it.each<[string, string[], number, RegExp]>([
    ['no strategy', [], 2, /missing required argument 'strategy'/],
    [
      'an unknown strategy',
      ['ema-rsy', '--csv', 'FILE'],
      2,
      /there is no strategy "ema-rsy"; there are ema-rsi, .*; did you mean ema-rsi\?/,
    ],
    [
      'a file that is not there',
      ['./nowhere/mine.ts', '--csv', 'FILE'],
      1,
      /strategy plugin mine\.ts cannot be loaded: .*ENOENT/,
    ],
    ['no candles', ['ema-rsi'], 2, /--exchange is missing/],
    [
      'a file of candles that is not there',
      ['ema-rsi', '--csv', 'nowhere.csv'],
      1,
      /cannot read nowhere\.csv: there is no such file/,
    ],
    [
      'an unknown parameter',
      ['ema-rsi', '--param', 'emaFsat=3', '--csv', 'FILE'],
      2,
      /has no parameter "emaFsat".*did you mean emaFast/,
    ],
    ['a bad parameter', ['ema-rsi', '--param', 'emaFast=0', '--csv', 'FILE'], 2, /emaFast 0 .* must be at least 1/],
    [
      'a bad bound',
      ['ema-rsi', '--csv', 'FILE', '--max-candles', '1e3'],
      2,
      /--max-candles takes a whole number from 2 to 1000000, not "1e3"/,
    ],
    ['too few candles', ['ema-rsi', '--csv', 'FILE', '--max-candles', '10'], 1, /the check needs at least 23 candles, not 10/],
  ])('with %s says so in one sentence', async (_what, args, code, message) => {
    const file = wave(60);
    const run = await cli(['strategy', 'check', ...args.map((arg) => (arg === 'FILE' ? file : arg))]);
    expect(run.err).toMatch(message);
    expect(run.err.trim().split('\n')).toHaveLength(1);
    expect(run.code).toBe(code);
    expect(run.out).toBe('');
  });

  it('tells why a plugin of that name cannot be used, or what failed in it', async () => {
    const env = folderEnv({
      'bad.mjs': 'export default 1;',
      'failing.mjs': pluginSource({ name: "'failing'", signals: '() => () => { throw new Error("no idea"); }' }),
    });
    const bad = await cli(['strategy', 'check', 'bad', '--csv', wave()], env);
    expect(bad.err).toMatch(/there is no strategy "bad"; there are .*\. strategy plugin bad\.mjs needs a default export/);
    const failing = await cli(['strategy', 'check', 'failing', '--csv', wave()], env);
    expect([failing.code, failing.err]).toEqual([
      1,
      expect.stringMatching(/^error: strategy plugin failing\.mjs failed in signals: Error: no idea/),
    ]);
  });
});

describe('backtest run', () => {
  it('takes a plugin by its name or its file, with its parameters', async () => {
    const env = folderEnv({ 'average.mjs': pluginSource() });
    const args = ['--csv', wave(), '--param', 'period=20', '--json'];
    const named = await cli(['backtest', 'run', '--strategy', 'above-average', ...args], env);
    expect(named.err).toBe('');
    const { trades, resultHash } = JSON.parse(named.out) as { trades: unknown[]; resultHash: string };
    expect(trades.length).toBeGreaterThan(3);
    const file = join(env['CANDLEWICK_STRATEGIES'] ?? '', 'average.mjs');
    expect(JSON.parse((await cli(['backtest', 'run', '--strategy', file, ...args])).out)).toMatchObject({ resultHash });
  });

  it('names the plugin that fails in it', async () => {
    const file = join(
      pluginFolder({ 'failing.mjs': pluginSource({ signals: '() => () => { throw new Error("no idea"); }' }) }),
      'failing.mjs',
    );
    const { code, err } = await cli(['backtest', 'run', '--strategy', file, '--csv', wave()]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^error: strategy plugin failing\.mjs failed in signals: Error: no idea/),
    ]);
  });
});

describe('strategy list', () => {
  const files = { 'average.mjs': pluginSource(), 'bad.mjs': 'export default 1;' };

  it('shows the built-ins, the plugins with their files, and what cannot be used', async () => {
    const env = folderEnv(files);
    const { code, out, err } = await cli(['strategy', 'list'], env);
    expect(code).toBe(0);
    expect(out).toContain('ema-rsi: EMA cross');
    expect(out).toMatch(/above-average \(average\.mjs\): Long above the average\.\n {2}Parameter .*\n {2}period +10 {2}2 to 200/);
    expect(err).toBe(
      `Plugins are in ${env['CANDLEWICK_STRATEGIES']}\nstrategy plugin bad.mjs needs a default export: a function that is given the toolkit and answers with a definition\n`,
    );
  });

  it('prints one object with --json', async () => {
    const env = folderEnv(files);
    const { strategies, problems, folder } = JSON.parse((await cli(['strategy', 'list', '--json'], env)).out) as {
      strategies: Record<string, unknown>[];
      problems: unknown[];
      folder: string;
    };
    expect(folder).toBe(env['CANDLEWICK_STRATEGIES']);
    expect(strategies[0]).toMatchObject({ name: 'ema-rsi', file: null, sha256: null });
    expect(strategies.at(-1)).toMatchObject({
      name: 'above-average',
      file: 'average.mjs',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(problems).toEqual([{ file: 'bad.mjs', reason: expect.stringContaining('needs a default export') }]);
  });

  it('needs no folder, unless one was named', async () => {
    const database = { DATABASE_URL: `sqlite:${join(tempFolder(), 'test.db')}` };
    const { code, err } = await cli(['strategy', 'list'], database);
    expect([code, err]).toEqual([0, '']);
    const missing = await cli(['strategy', 'list'], { CANDLEWICK_STRATEGIES: '/nowhere/at/all' });
    expect([missing.code, missing.err]).toEqual([
      1,
      'error: the folder of strategy plugins /nowhere/at/all is not there; CANDLEWICK_STRATEGIES must name a folder\n',
    ]);
  });
});
