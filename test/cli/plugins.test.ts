import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describedPlugin } from '../../src/services/strategies/plugins/describe.ts';
import { pluginFolder, pluginSource } from '../services/strategies/plugins/support.ts';
import { cli, csvOf, waveRows } from './support.ts';

const wave = (count = 600): string => csvOf(waveRows(count), 'wave.csv');
const fileOf = (source: string, name = 'mine.mjs'): string => join(pluginFolder({ [name]: source }), name);
const endless = '() => () => { for (;;); }';

/** Every command that lets a plugin decide. */
const commands: readonly (readonly [string, (strategy: string) => readonly string[]])[] = [
  ['backtest run', (strategy) => ['backtest', 'run', '--strategy', strategy, '--csv', wave()]],
  [
    'backtest portfolio',
    (strategy) => ['backtest', 'portfolio', '--strategy', strategy, '--market', `A=${wave()}`, '--market', `B=${wave()}`],
  ],
  ['strategy check', (strategy) => ['strategy', 'check', strategy, '--csv', wave()]],
];

describe.each(commands)('%s with a plugin', (_name, argsOf) => {
  it('that behaves ends well', async () => {
    const { code, err } = await cli(argsOf(fileOf(pluginSource())));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('that never ends is stopped, and says which limit it broke', async () => {
    const { code, out, err } = await cli([...argsOf(fileOf(pluginSource({ signals: endless }))), '--max-seconds', '1']);
    expect({ code, out, err }).toEqual({
      code: 1,
      out: '',
      err: 'error: strategy plugin mine.mjs was stopped: it took longer than 1 second; --max-seconds allows more\n',
    });
  });

  it('that hoards memory is stopped, and says which limit it broke', async () => {
    const hoarding = '() => () => { const all = []; for (;;) all.push(new Float64Array(2 ** 24)); }';
    const { code, err } = await cli([...argsOf(fileOf(pluginSource({ signals: hoarding }))), '--max-seconds', '60']);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /^error: strategy plugin mine\.mjs (was stopped: it needed more than the \d+ MiB|failed in signals: RangeError)/,
      ),
    });
  });

  it('that refuses its parameters says so before any candle is read', async () => {
    const source = pluginSource({
      check:
        '({ period }, path) => { if (period === 13) throw new ParameterError("period 13 is unlucky", [...path, "period"]); }',
    });
    const args = argsOf(fileOf(source)).map((arg) => arg.replace('wave.csv', 'nowhere.csv'));
    const { code, out, err } = await cli([...args, '--param', 'period=13']);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: 'error: period 13 is unlucky\n' });
  });

  it.each(['0', '1.5', '-1', '86401', 'soon'])('refuses --max-seconds %s', async (seconds) => {
    const { code, out, err } = await cli([...argsOf('ema-rsi'), '--max-seconds', seconds]);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: `error: --max-seconds takes a whole number from 1 to 86400, not "${seconds}"\n`,
    });
  });
});

describe('a plugin that is looked at by a command', () => {
  it.each([
    ['as it is loaded', `for (;;);\n${pluginSource()}`],
    ['in its indicators', pluginSource({ indicators: '() => { for (;;); }' })],
    ['in its check', pluginSource({ check: '() => { for (;;); }' })],
  ])('and never ends %s is refused with the limit', async (_where, source) => {
    const folder = pluginFolder({ 'mine.mjs': source });
    await expect(describedPlugin({ folder, file: 'mine.mjs' }, 500)).rejects.toThrow(
      'strategy plugin mine.mjs took longer than 0.5 seconds to load',
    );
  });

  it('keeps its functions in a thread', async () => {
    const folder = pluginFolder({ 'mine.mjs': `globalThis.wasHere = true;\n${pluginSource()}` });
    const { definition, sha256 } = await describedPlugin({ folder, file: 'mine.mjs' });
    expect(definition).toMatchObject({ name: 'above-average', parameters: { period: { default: 10, min: 2, max: 200 } } });
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(globalThis).not.toHaveProperty('wasHere');
  });
});
