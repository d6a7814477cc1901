import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, csvOf, tempFolder, waveRows } from './support.ts';

type Cells = readonly (readonly (number | string)[])[];

const commands: readonly (readonly [string, (file: string) => string[]])[] = [
  ['backtest run', (file) => ['backtest', 'run', '--strategy', 'ema-rsi', '--csv', file]],
  ['backtest portfolio', (file) => ['backtest', 'portfolio', '--strategy', 'ema-rsi', '--market', `A/USDT=${file}`]],
  ['strategy check', (file) => ['strategy', 'check', 'ema-rsi', '--csv', file]],
];

/** The wave with one cell replaced. */
function withCell(row: number, column: number, value: number | string): Cells {
  return waveRows(60).map((cells, i) => (i === row ? cells.with(column, value as number) : cells));
}

describe.each(commands)('%s', (_name, argsOf) => {
  it.each<[string, Cells, string[], number, RegExp]>([
    ['a price that is NaN', withCell(7, 4, 'NaN'), [], 1, /line 9: .*close.*"NaN"/],
    ['an infinite price', withCell(7, 2, 'Infinity'), [], 1, /line 9: .*high.*"Infinity"/],
    ['a price that is missing', withCell(7, 1, ''), [], 1, /line 9: .*open/],
    ['a negative price', withCell(7, 3, -4), [], 1, /line 9: .*low/],
    ['a price of 0', withCell(7, 3, 0), [], 1, /line 9: .*low/],
    ['a price of another world', withCell(7, 2, 1e300), [], 1, /1e\+?300/],
    ['a negative volume', withCell(7, 5, -1), [], 1, /line 9: .*volume/],
    ['a high below the low', withCell(7, 2, 1), [], 1, /line 9: .*high/],
    ['a time that is none', withCell(7, 0, 'yesterday'), [], 1, /line 9: .*yesterday/],
    ['no candles', [], ['--timeframe', '1h'], 1, /no candles|no rows|has no/],
    ['no candles, and nobody says their length', [], [], 2, /candle length|no candles|no rows/],
    ['one candle', waveRows(1), ['--timeframe', '1h'], 1, /1 candle|needs at least 23 candles, not 1/],
    [
      'a start after the end',
      waveRows(60),
      ['--from', '2024-02-01', '--to', '2024-01-01'],
      2,
      /--from 2024-02-01 must be before --to/,
    ],
    ['a time without candles', waveRows(60), ['--from', '2030-01-01'], 1, /it reaches from 2024-01-01 00:00/],
    ['a time that is no time', waveRows(60), ['--from', 'soon'], 2, /--from takes a time like/],
  ])('refuses %s in one sentence', async (_what, rows, more, code, sentence) => {
    const { code: ended, out, err } = await cli([...argsOf(csvOf(rows)), ...more]);
    expect({ ended, out, err }).toEqual({ ended: code, out: '', err: expect.stringMatching(sentence) });
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('candles of the database', () => {
  const market = ['--exchange', 'sim', '--symbol', 'BTC/USDT', '--timeframe', '1h', '--from', '2025-01-01', '--to', '2025-01-03'];
  const but = (flag: string, value: string): string[] => market.with(market.indexOf(flag) + 1, value);

  it.each<[string, string[], RegExp]>([
    ['an unknown symbol', but('--symbol', 'NO/PE'), /NO\/PE/],
    ['an unknown exchange', but('--exchange', 'nowhere'), /nowhere/],
    ['a time without candles', but('--from', '1975-01-01').with(-1, '1975-02-01'), /no .*candles/],
  ])('are refused with %s, by both commands', async (_what, args, sentence) => {
    for (const command of [
      ['backtest', 'run', '--strategy', 'ema-rsi'],
      ['strategy', 'check', 'ema-rsi'],
    ]) {
      const env = { DATABASE_URL: `sqlite:${join(tempFolder(), 'test.db')}` };
      const { code, out, err } = await cli([...command, ...args], env);
      expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringMatching(sentence) });
      expect(err.trimEnd().split('\n')).toHaveLength(1);
    }
  });
});

describe('the gate for candles', () => {
  /** Two rows that repeat the one before, and a tick from far away. */
  const doubtful = (): string => {
    const rows = waveRows(400);
    for (const place of [100, 200]) rows[place] = [rows[place][0], ...rows[place - 1].slice(1)];
    rows[300] = rows[300].with(2, 900);
    return csvOf(rows, 'doubtful.csv');
  };
  const strict = ['--quality-duplicate-percent', '0.2'];
  const gated = commands.slice(0, 2);

  it.each(gated)('marks the result of %s', async (_name, argsOf) => {
    const args = [...argsOf(doubtful()), ...strict];
    const { code, out } = await cli([...args, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      outlierCandles: 1,
      duplicateCandles: 2,
      qualityIssues: [
        {
          kind: 'OUTLIERS',
          candles: 1,
          percent: 0.25,
          limitPercent: 0.1,
          message: expect.stringContaining('look like bad ticks'),
        },
        { kind: 'DUPLICATES', candles: 2, percent: 0.5, limitPercent: 0.2 },
      ],
    });
    expect((await cli(args)).out).toMatch(
      /\nDoubtful candles: 2 candles of .* repeat the one before \(0\.50 %\), more than --quality-duplicate-percent 0\.2\n/,
    );
  });

  it.each(gated)('stops %s that is to be refused, and no chart is drawn', async (name, argsOf) => {
    const chart = join(tempFolder(), 'run.svg');
    const args = [...argsOf(doubtful()), '--quality-action', 'REFUSE', ...(name === 'backtest run' ? ['--chart', chart] : [])];
    expect(await cli(args)).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^error: 1 candles of .* look like bad ticks \(0\.25 %\), more than --quality-outlier-percent 0\.1\n$/,
      ),
    });
    expect(existsSync(chart)).toBe(false);
  });

  it.each([
    ['--quality-action', 'HOPE', /--quality-action must be one of MARK, REFUSE, not "HOPE"/],
    ['--quality-missing-percent', '101', /--quality-missing-percent 101 exceeds its limit 100/],
    ['--quality-outlier-percent', '-1', /--quality-outlier-percent -1 must be at least 0/],
    ['--quality-duplicate-percent', 'NaN', /--quality-duplicate-percent must be a number, not "NaN"/],
  ])('refuses %s %s', async (flag, value, sentence) => {
    for (const [, argsOf] of gated) {
      const { code, out, err } = await cli([...argsOf(csvOf(waveRows(60))), flag, value]);
      expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(sentence) });
    }
  });
});
