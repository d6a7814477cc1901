import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, csvOf, start, tempFolder, waveRows } from './support.ts';

const series = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1h'];

/** An empty database of its own for one test. */
const newDatabase = () => ({ DATABASE_URL: `sqlite:${join(tempFolder(), 'candles.db')}`, LOG_LEVEL: 'silent' });

describe('candles import', () => {
  it('imports a file, says what it did, and changes nothing the second time', async () => {
    const env = newDatabase();
    const file = csvOf(waveRows(500));
    const first = await cli(['candles', 'import', file, ...series], env);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toBe(
      [
        'candles.csv is in the database as binance BTC/USDT 1h: 500 new, 0 revised, 0 unchanged',
        '  from 2024-01-01 00:00 to 2024-01-21 20:00 UTC, no gaps',
        '  times were read as milliseconds since 1970\n',
      ].join('\n'),
    );
    const second = await cli(['candles', 'import', file, ...series], env);
    expect(second.out).toContain('0 new, 0 revised, 500 unchanged');
  });

  it('tells duplicates, disorder, gaps and unused columns', async () => {
    const rows = waveRows(10);
    const file = csvOf([...rows.slice(5), ...rows.slice(0, 3), rows[0]]);
    const { out } = await cli(['candles', 'import', file, ...series], newDatabase());
    expect(out).toContain('8 new');
    expect(out).toContain('2 candles missing in 1 gap, the first from 2024-01-01 03:00 to 2024-01-01 05:00');
    expect(out).toContain('1 duplicate row: the last of each was kept');
    expect(out).toContain('4 rows out of order');
  });

  it('prints one JSON object with --json, and nothing else on standard output', async () => {
    const { code, out } = await cli(['candles', 'import', csvOf(waveRows(24)), ...series, '--json'], newDatabase());
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      exchange: 'binance',
      symbol: 'BTC/USDT',
      timeframe: 'H1',
      imported: 24,
      unchanged: 0,
      from: new Date(start).toISOString(),
      missing: 0,
      gaps: [],
    });
  });

  it('refuses a corrupt file with its lines, exit code 1, and nothing imported', async () => {
    const env = newDatabase();
    const rows: (readonly (number | string)[])[] = [...waveRows(300)];
    rows[10] = ['rubbish'];
    for (let i = 100; i < 130; i++) rows[i] = [start + i * 3_600_000, 1, 2, 3, 1, 1];
    const { code, out, err } = await cli(['candles', 'import', csvOf(rows), ...series], env);
    expect(code).toBe(1);
    expect(out).toBe('');
    const lines = err.trimEnd().split('\n');
    expect(lines[0]).toBe('line 12: has 1 values where the header names 6');
    expect(lines[19]).toMatch(/^line 120: high 2 is below open 1, low 3/);
    expect(lines.slice(20)).toEqual([
      'and 11 more bad rows',
      'error: nothing was imported from candles.csv: line 12: has 1 values where the header names 6 and 30 more bad rows',
    ]);
    expect(await cli(['candles', 'list'], env)).toMatchObject({ code: 1, out: '' });
  });

  it.each([
    [[], 2, '--exchange is missing, such as --exchange binance'],
    [['--exchange', 'binance'], 2, '--symbol is missing'],
    [['--exchange', 'binance', '--symbol', 'BTC/USDT'], 2, '--timeframe is missing'],
    [['--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '7h'], 2, '--timeframe "7h" is none of 1m, 3m'],
    [
      ['--exchange', 'binanc', '--symbol', 'BTC/USDT', '--timeframe', '1h'],
      1,
      'there is no exchange "binanc"; there are sim, binance, kraken, bybit',
    ],
    [['--exchange', 'sim', '--symbol', 'BTC/USDT', '--timeframe', '1h'], 1, 'candles cannot be imported for sim'],
    [['--exchange', 'binance', '--symbol', 'BTC', '--timeframe', '1h'], 1, '"BTC" is not a symbol'],
  ])('refuses %j with one sentence', async (args, exit, message) => {
    const { code, out, err } = await cli(['candles', 'import', csvOf(waveRows(3)), ...args], newDatabase());
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('says when the file, or the database, cannot be used', async () => {
    const missing = await cli(['candles', 'import', 'nowhere.csv', ...series], newDatabase());
    expect(missing).toMatchObject({ code: 1, err: 'error: cannot read nowhere.csv: there is no such file\n' });
    const folder = tempFolder();
    writeFileSync(join(folder, 'text.db'), 'this is not a database, it only says so in its name');
    const broken = await cli(['candles', 'list'], { DATABASE_URL: `sqlite:${join(folder, 'text.db')}` });
    expect(broken).toMatchObject({ code: 1, out: '' });
    expect(broken.err).toContain('is not a SQLite database');
  });
});

describe('candles fetch', () => {
  it('fetches from the simulated market, once', async () => {
    const env = newDatabase();
    const args = [
      'candles',
      'fetch',
      '--exchange',
      'sim',
      '--symbol',
      'ETH/USDT',
      '--timeframe',
      '1h',
      '--from',
      '2025-01-01',
      '--to',
      '2025-02-01',
    ];
    const first = await cli(args, env);
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toContain('sim ETH/USDT 1h: 744 candles fetched, 744 of them new or changed');
    const second = await cli([...args, '--json'], env);
    expect(JSON.parse(second.out)).toMatchObject({
      fetched: 0,
      known: 744,
      stored: 0,
      from: '2025-01-01T00:00:00.000Z',
      missing: 0,
    });
  });

  it.each([
    [['--exchange', 'mtgox'], 1, 'there is no exchange "mtgox"; there are sim, binance, kraken, bybit'],
    [['--exchange', 'sim', '--symbol', 'GOLD/USD'], 1, 'the simulated market has no GOLD/USD; it has BTC/USDT'],
    [['--exchange', 'sim', '--to', '2024-01-01'], 2, '--from 2025-01-01 must be before --to 2024-01-01'],
    [
      ['--exchange', 'sim', '--from', 'yesterday'],
      2,
      '--from takes a time like 2024-01-31 or 2024-01-31T12:00Z, not "yesterday"',
    ],
    [['--exchange', 'sim', '--from', '2099-01-01'], 1, 'there is nothing to fetch of sim BTC/USDT 1h'],
  ])('says what it cannot do: %j', async (args, exit, message) => {
    const defaults = ['--symbol', 'BTC/USDT', '--timeframe', '1h', '--from', '2025-01-01'];
    const { code, out, err } = await cli(['candles', 'fetch', ...defaults, ...args], newDatabase());
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(message);
  });
});

describe('candles list', () => {
  it('shows each series with its span, size and gaps', async () => {
    const env = newDatabase();
    const rows = waveRows(48);
    await cli(['candles', 'import', csvOf([...rows.slice(0, 10), ...rows.slice(12)]), ...series], env);
    await cli(['candles', 'import', csvOf(rows), '--exchange', 'kraken', '--symbol', 'ETH/USD', '--timeframe', 'H1'], env);
    const { out } = await cli(['candles', 'list'], env);
    expect(out).toBe(
      [
        '  Exchange  Symbol    Length  First (UTC)       Last (UTC)        Candles           Gaps',
        '  binance   BTC/USDT  1h      2024-01-01 00:00  2024-01-02 23:00       46  1 (2 candles)',
        '  kraken    ETH/USD   1h      2024-01-01 00:00  2024-01-02 23:00       48              –\n',
      ].join('\n'),
    );
    const json = await cli(['candles', 'list', '--exchange', 'kraken', '--json'], env);
    expect(JSON.parse(json.out)).toMatchObject({ series: [{ symbol: 'ETH/USD', count: 48, gapCount: 0 }] });
  });
});

describe('backtest run on the database', () => {
  it('uses imported candles, and builds longer ones', async () => {
    const env = newDatabase();
    await cli(['candles', 'import', csvOf(waveRows(2_000)), ...series], env);
    const market = ['--exchange', 'binance', '--symbol', 'BTC/USDT'];
    const run = (timeframe: string) =>
      cli(['backtest', 'run', '--strategy', 'buy-and-hold', ...market, '--timeframe', timeframe, '--json'], env);
    const hours = await run('1h');
    expect(JSON.parse(hours.out)).toMatchObject({ candles: 2_000 });
    const days = await run('1d');
    expect(JSON.parse(days.out)).toMatchObject({ candles: 83 });
    expect(days.err).toContain('1d candles were built from 1h candles');
    const minutes = await run('1m');
    expect(minutes).toMatchObject({ code: 1, out: '' });
    expect(minutes.err).toContain('there are no candles of binance BTC/USDT 1m; there are 1h from 2024-01-01T00:00Z');
  });

  it('lets the finest candles there are decide with the fill model DETAIL, and says which, or that there are none', async () => {
    const env = newDatabase();
    await cli(['candles', 'import', csvOf(waveRows(2_000)), ...series], env);
    const market = ['--exchange', 'binance', '--symbol', 'BTC/USDT', '--stop-loss-percent', '1', '--take-profit-percent', '1'];
    const run = (timeframe: string, ...more: string[]) =>
      cli(
        [
          'backtest',
          'run',
          '--strategy',
          'ema-rsi',
          ...market,
          '--timeframe',
          timeframe,
          '--fill-model',
          'DETAIL',
          ...more,
          '--json',
        ],
        env,
      );
    const hashOf = ({ out }: { out: string }): unknown => (JSON.parse(out) as { resultHash: unknown }).resultHash;
    const found = await run('4h');
    expect(found.err).toContain('1h candles decide inside the 4h candles');
    expect(hashOf(found)).toBe(hashOf(await run('4h', '--detail-timeframe', '1h')));
    expect(hashOf(found)).not.toBe(hashOf(await run('4h', '--detail-timeframe', '2h')));
    expect(await run('1h')).toMatchObject({
      code: 1,
      out: '',
      err: 'error: there are no finer candles of binance BTC/USDT than 1h that reach over the same time; there are 1h from 2024-01-01T00:00Z to 2024-03-24T07:00Z\n',
    });
  });
});
