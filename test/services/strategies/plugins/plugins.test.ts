import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/config.ts';
import { DomainError } from '../../../../src/services/errors.ts';
import { triedPlugin } from '../../../../src/services/strategies/plugins/describe.ts';
import { loadPlugin, pluginHash } from '../../../../src/services/strategies/plugins/load.ts';
import { PluginError } from '../../../../src/services/strategies/plugins/plugin-error.ts';
import { loadPlugins, noPlugins } from '../../../../src/services/strategies/plugins/plugins.ts';
import { referencedPlugin } from '../../../../src/services/strategies/plugins/thread.ts';
import { toolkit } from '../../../../src/services/strategies/plugins/toolkit.ts';
import { runBacktest } from '../../../../src/trading/backtest.ts';
import { ParameterError } from '../../../../src/trading/errors.ts';
import { indicatorKinds } from '../../../../src/trading/indicators/catalog.ts';
import { lookAheadReport } from '../../../../src/trading/look-ahead.ts';
import { TradingSession } from '../../../../src/trading/session.ts';
import { candleAt, sliceCandles } from '../../../../src/trading/series.ts';
import { readSpec } from '../../../../src/trading/backtest.ts';
import { bindStrategy, type StrategyDefinition } from '../../../../src/trading/strategy.ts';
import { closesOf, plain } from '../../../trading/support/builders.ts';
import { pluginFolder, pluginSource } from './support.ts';

const waves = closesOf(Array.from({ length: 600 }, (_, i) => 100 + 12 * Math.sin(i / 23) + 5 * Math.sin(i / 5.7)));

/** The one strategy of a folder with one plugin. */
async function load(source: string, file = 'plugin.mjs'): Promise<StrategyDefinition> {
  return (await loadPlugin({ folder: pluginFolder({ [file]: source }), file })).definition;
}

const typed = `
import { double } from './lib/double.ts';
type Parameters = { readonly period: number };
interface Kit { readonly indicators: { sma(period: number): unknown } }

export default ({ indicators }: Kit) => ({
  name: 'typed',
  description: 'With types, and a helper beside it.',
  parameters: { period: { type: 'INTEGER', description: 'Half the period.', default: 5, min: 1, max: 50, step: 1 } },
  indicators: ({ period }: Parameters) => ({ average: indicators.sma(double(period)) }),
  lookBack: 0,
  signals: ({ candles, columns }: { candles: { close: Float64Array }; columns: { average: Float64Array } }) =>
    (from: number, to: number, out: Uint8Array): void => {
      for (let i = from; i < to; i++) out[i] = candles.close[i]! > columns.average[i]! ? 1 : 4;
    },
});
`;

describe('a folder of plugins', () => {
  it('has those that can be loaded, in the order of their files, JavaScript and TypeScript', async () => {
    const folder = pluginFolder({
      'b.ts': typed,
      'a.mjs': pluginSource(),
      'lib/double.ts': 'export const double = (value: number): number => value * 2;\n',
      'a.test.ts': 'throw new Error("a test is no plugin")',
      'types.d.ts': 'declare const x: number;',
      '_off.ts': 'throw new Error("switched off")',
      '.hidden.js': 'throw new Error("hidden")',
      'README.md': 'Notes.',
    });
    const { loaded, problems } = await loadPlugins(folder);
    expect(problems).toEqual([]);
    expect(loaded.map(({ file, definition }) => [file, definition.name])).toEqual([
      ['a.mjs', 'above-average'],
      ['b.ts', 'typed'],
    ]);
    for (const { definition } of loaded)
      expect(runBacktest(waves, { ...plain, strategy: definition }).trades.length).toBeGreaterThan(3);
    expect(bindStrategy(loaded[1].definition, { period: 7 }).firstDecision).toBe(13);
  });

  it('is not held up by one that never ends: it is left out, with the reason', async () => {
    const folder = pluginFolder({ 'endless.mjs': `for (;;);\n${pluginSource()}`, 'mine.mjs': pluginSource() });
    const { loaded, problems } = await loadPlugins(folder, true, (place) =>
      triedPlugin(place, place.file === 'mine.mjs' ? 60_000 : 500),
    );
    expect(loaded.map(({ file }) => file)).toEqual(['mine.mjs']);
    expect(problems).toEqual([
      { file: 'endless.mjs', reason: 'strategy plugin endless.mjs took longer than 0.5 seconds to load' },
    ]);
  });

  it('that is not there is none, unless it was named', async () => {
    const folder = join(pluginFolder({}), 'absent');
    expect(await loadPlugins(folder)).toBe(noPlugins);
    const error: unknown = await loadPlugins(folder, true).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(`${folder} is not there; CANDLEWICK_STRATEGIES must name a folder`);
  });

  it('that is a file is refused', async () => {
    const folder = pluginFolder({ 'x.txt': '' });
    await expect(loadPlugins(join(folder, 'x.txt'))).rejects.toThrow('x.txt is a file; CANDLEWICK_STRATEGIES must name a folder');
  });

  it('loads the rest when one is broken, and tells which and why', async () => {
    const folder = pluginFolder({
      'broken.ts': 'export default () => {\n  let x = ;\n};\n',
      'good.mjs': pluginSource(),
      'same-name.mjs': pluginSource(),
      'throws.mjs': 'export default () => 1;\n\nthrow new RangeError("boom");\n',
    });
    const { loaded, problems } = await loadPlugins(folder);
    expect(loaded.map(({ file }) => file)).toEqual(['good.mjs']);
    expect(problems.map(({ file, reason }) => [file, reason.split(':')[0]])).toEqual([
      ['broken.ts', 'strategy plugin broken.ts cannot be loaded'],
      ['same-name.mjs', 'strategy plugin same-name.mjs has the name "above-average", which good.mjs has already'],
      ['throws.mjs', 'strategy plugin throws.mjs cannot be loaded'],
    ]);
    expect(problems[2].reason).toContain('RangeError: boom');
  });

  it('says what there is when a plugin is not', async () => {
    const plugins = await loadPlugins(pluginFolder({ 'a.mjs': pluginSource(), 'trend.mjs': 'export default 1;' }));
    expect(plugins.get('above-average').file).toBe('a.mjs');
    expect(() => plugins.get('trend', ['input', 'plugin'])).toThrow(
      /there is no strategy plugin "trend"; there are above-average\. strategy plugin trend.mjs needs a default export/,
    );
    expect(() => noPlugins.get('x')).toThrow('there is no strategy plugin "x"; there are none');
  });
});

describe('a plugin is not loaded', () => {
  it.each<[string, string, RegExp]>([
    ['no default export', 'export const x = 1;', /needs a default export: a function that is given the toolkit/],
    ['a default that is no function', 'export default { name: "x" };', /needs a default export: a function/],
    ['an answer that is none', 'export default () => {};', /must answer with a definition, not undefined/],
    ['an async function', 'export default async () => ({});', /answers with a promise: its function must not be async/],
    ['a function that throws', 'export default (kit) => kit.nothing.there;', /cannot be loaded: TypeError: .*undefined/],
    ['a package that is not there', "import 'no-such-package'; export default () => 1;", /cannot be loaded: .*no-such-package/],
    ['no name', pluginSource({ name: undefined }), /has the name undefined; it must be small letters/],
    ['a name with blanks', pluginSource({ name: "'Above average'" }), /has the name "Above average"; it must be small letters/],
    ['a long name', pluginSource({ name: "'a'.repeat(61)" }), /at most 60$/],
    ["a built-in's name", pluginSource({ name: "'ema-rsi'" }), /has the name "ema-rsi", which is a built-in strategy's/],
    ['no description', pluginSource({ description: "' '" }), /has the description " "; it must be text of 1 to 1000 characters/],
    ['parameters that are a list', pluginSource({ parameters: '[]' }), /has as parameters a list; they must be an object/],
    [
      'a parameter that is a number',
      pluginSource({ parameters: '{ period: 9 }' }),
      /has a parameter "period" that is 9, not a declaration/,
    ],
    [
      'a parameter with an odd name',
      pluginSource({ parameters: "{ 'the period': {} }" }),
      /has a parameter "the period"; a name is letters/,
    ],
    [
      'a parameter of no type',
      pluginSource({ parameters: "{ p: { type: 'INT', description: 'x', default: 1 } }" }),
      /has a parameter "p" of type "INT"; there are INTEGER, NUMBER, BOOLEAN, CHOICE/,
    ],
    [
      'a parameter without a step',
      pluginSource({ parameters: "{ p: { type: 'INTEGER', description: 'x', default: 1, min: 0, max: 3 } }" }),
      /has a parameter "p" with step undefined/,
    ],
    [
      'a parameter whose bounds are upside down',
      pluginSource({ parameters: "{ p: { type: 'NUMBER', description: 'x', default: 1, min: 3, max: 0, step: 1 } }" }),
      /has a parameter "p" with min 3 and max 0/,
    ],
    [
      'a default out of bounds',
      pluginSource({ parameters: "{ p: { type: 'NUMBER', description: 'x', default: 9, min: 0, max: 3, step: 1 } }" }),
      /p 9 of the plugin exceeds its limit 3/,
    ],
    [
      'no default',
      pluginSource({ parameters: "{ p: { type: 'BOOLEAN', description: 'x' } }" }),
      /has a parameter "p" without a default/,
    ],
    [
      'a choice of nothing',
      pluginSource({ parameters: "{ p: { type: 'CHOICE', description: 'x', values: [], default: 'a' } }" }),
      /has a parameter "p" whose values must be a list of texts/,
    ],
    ['no indicators', pluginSource({ indicators: undefined }), /needs a function indicators that answers with an object/],
    [
      'indicators that are none',
      pluginSource({ indicators: '() => ({ a: { key: "A" } })' }),
      /has an indicator "a" with warmUp undefined/,
    ],
    ['a period out of bounds', pluginSource({ indicators: '() => ({ a: indicators.sma(0) })' }), /the period 0 of SMA must be/],
    ['a negative lookBack', pluginSource({ lookBack: '-1' }), /has the lookBack -1; it must be a whole number from 0 to 10000/],
    ['half a lookBack', pluginSource({ lookBack: '1.5' }), /has the lookBack 1.5/],
    ['a vast lookBack', pluginSource({ lookBack: '1e9' }), /has the lookBack 1000000000/],
    ['neither signals nor decide', pluginSource({ signals: undefined }), /must have either signals or decide/],
    ['both signals and decide', pluginSource({ decide: '() => () => 0' }), /must have either signals or decide/],
    ['signals that are a list', pluginSource({ signals: '[]' }), /has as signals a list; it must be a function/],
    [
      'levels beside decide',
      pluginSource({ signals: undefined, decide: '() => () => 0', levels: '() => () => {}' }),
      /only go with signals/,
    ],
    ['reverses that is text', pluginSource({ reverses: "'yes'" }), /has reverses "yes"; it must be true or false/],
    ['a check that refuses the defaults', pluginSource({ check: '() => { throw new ParameterError("never", []); }' }), /never/],
  ])('that has %s', async (_what, source, reason) => {
    const folder = pluginFolder({ 'plugin.mjs': source });
    const { loaded, problems } = await loadPlugins(folder);
    expect(loaded).toEqual([]);
    expect(problems).toEqual([{ file: 'plugin.mjs', reason: expect.stringMatching(reason) }]);
    expect(problems[0].reason).toMatch(/^strategy plugin plugin\.mjs /);
    expect(problems[0].reason).not.toContain('\n');
    expect(problems[0].reason).not.toContain(folder);
  });
});

describe('a plugin that fails at work', () => {
  const run = (definition: StrategyDefinition): unknown =>
    runBacktest(waves, { ...plain, strategy: definition, marketType: 'FUTURES' });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['in signals', { signals: '() => { throw new TypeError("none"); }' }, 'failed in signals: TypeError: none (line 7)'],
    ['while it writes', { signals: '() => (from) => { from.none.there; }' }, 'failed in signals: TypeError: '],
    ['by answering nothing', { signals: '() => {}' }, 'must answer with a function from signals, not undefined'],
    ['by throwing text', { signals: '() => { throw "none"; }' }, 'failed in signals: it threw "none"'],
    [
      'by throwing an object without anything',
      { signals: '() => { throw Object.create(null); }' },
      'failed in signals: it threw object',
    ],
    ['in levels', { levels: '() => () => { throw new Error("no level"); }' }, 'failed in levels: Error: no level'],
    [
      'with a stop that is no number',
      { levels: '() => (i, side, levels) => { levels.stop = undefined; }' },
      'asked for the stop undefined and the target NaN; both must be numbers, NaN for none',
    ],
    [
      'in decide',
      { signals: undefined, decide: '() => () => { throw new Error("no idea"); }' },
      'failed in decide: Error: no idea',
    ],
    [
      'by deciding nothing',
      { signals: undefined, decide: '() => () => {}' },
      'decided undefined, which is none of HOLD, ENTER_LONG',
    ],
    ['by deciding true', { signals: undefined, decide: '() => () => true' }, 'decided true, which is none of HOLD'],
    ['by deciding 4', { signals: undefined, decide: '() => () => 4' }, 'decided 4, which is none of HOLD'],
    [
      'in an indicator of its own',
      { indicators: '() => ({ average: { key: "X", warmUp: 0, batch() { throw new Error("no value"); }, stream() {} } })' },
      'failed in indicator "average": Error: no value',
    ],
  ])('%s, is named with what it did', async (_what, parts, message) => {
    const definition = await load(pluginSource(parts));
    const error = ((): unknown => {
      try {
        return run(definition);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(PluginError);
    expect(error).toBeInstanceOf(DomainError);
    expect((error as Error).message).toContain(`strategy plugin plugin.mjs ${message}`);
  });

  it('in a stream, is named too', async () => {
    const definition = await load(
      pluginSource({
        indicators:
          '() => ({ average: { key: "X", warmUp: 0, batch: (c, out) => out.fill(1), stream: () => ({ next() { throw new Error("late"); } }) } })',
      }),
    );
    const session = TradingSession.onHistory(readSpec({ ...plain, strategy: definition }), sliceCandles(waves, 0, 0));
    expect(() => session.handle({ type: 'CANDLE_CLOSED', candle: candleAt(waves, 0) })).toThrow(
      'strategy plugin plugin.mjs failed in indicator "average": Error: late',
    );
  });

  it('keeps long messages short and in one line', async () => {
    const definition = await load(pluginSource({ signals: '() => { throw new Error("a\\n".repeat(9_999)); }' }));
    const error = ((): Error => {
      try {
        return run(definition) as Error;
      } catch (caught) {
        return caught as Error;
      }
    })();
    expect(error.message.length).toBeLessThan(450);
    expect(error.message).not.toContain('\n');
  });
});

describe('a plugin', () => {
  it('refuses parameters in its own words, with their path', async () => {
    const definition = await load(
      pluginSource({
        check: `({ period }, path) => {
    if (period === 13) throw new ParameterError('period 13 brings no luck', [...path, 'period']);
    if (period === 14) throw new Error('broken');
  }`,
      }),
    );
    const bind = (period: unknown) => (): unknown => bindStrategy(definition, { period }, ['input', 'parameters']);
    expect(bind(13)).toThrow(expect.objectContaining({ path: ['input', 'parameters', 'period'], constructor: ParameterError }));
    expect(bind(201)).toThrow('period 201 of strategy "above-average" exceeds its limit 200');
    expect(bind(14)).toThrow('strategy plugin plugin.mjs failed in check: Error: broken');
  });

  it('trades as the same definition in the product would', async () => {
    const definition = await load(pluginSource());
    const { defineStrategy, indicators, Signal } = toolkit;
    const inside = defineStrategy({
      name: 'above-average',
      description: 'x',
      parameters: { period: { type: 'INTEGER', description: 'x', default: 10, min: 2, max: 200, step: 1 } },
      indicators: ({ period }) => ({ average: indicators.sma(period) }),
      lookBack: 1,
      signals:
        ({ candles: { close }, columns: { average } }) =>
        (from, to, out) => {
          for (let i = from; i < to; i++) out[i] = close[i] > average[i] ? Signal.ENTER_LONG : Signal.EXIT_LONG;
        },
    });
    const [one, other] = [definition, inside].map((strategy) => runBacktest(waves, { ...plain, strategy }));
    expect(one.resultHash).toBe(other.resultHash);
    expect(lookAheadReport(bindStrategy(definition, {}), waves)).toMatchObject({ passed: true });
  });

  it('has every indicator of the product', () => {
    const given = Object.keys(toolkit.indicators).map((name) => name.toUpperCase());
    expect(given.toSorted()).toEqual(indicatorKinds.map(({ name }) => name.replace('_', '').toUpperCase()).toSorted());
  });
});

describe('the source of a plugin', () => {
  it('is known by its SHA-256, with everything in lib', async () => {
    const source = pluginSource();
    const folder = pluginFolder({ 'a.mjs': source, 'other.mjs': '1' });
    const place = { folder, file: 'a.mjs' };
    const alone = await pluginHash(place);
    expect(alone).toBe(createHash('sha256').update(source).digest('hex'));
    const hashes = [alone];
    for (const [name, text] of [
      ['other.mjs', '2'],
      ['a.mjs', `${source}\n`],
    ]) {
      writeFileSync(join(folder, name), text);
      hashes.push(await pluginHash(place));
    }
    expect(hashes[1]).toBe(alone);
    expect(hashes[2]).not.toBe(alone);
    const shared = pluginFolder({ 'a.mjs': source, 'lib/deep/x.ts': '1' });
    const before = await pluginHash({ folder: shared, file: 'a.mjs' });
    writeFileSync(join(shared, 'lib/deep/x.ts'), '2');
    expect(new Set([alone, before, await pluginHash({ folder: shared, file: 'a.mjs' })]).size).toBe(3);
  });

  it('that is not what it was is not run by a thread', async () => {
    const folder = pluginFolder({ 'a.mjs': pluginSource() });
    const place = { folder, file: 'a.mjs' };
    const reference = { ...place, sha256: await pluginHash(place) };
    expect((await referencedPlugin(reference)).name).toBe('above-average');
    writeFileSync(join(folder, 'a.mjs'), pluginSource({ lookBack: '2' }));
    await expect(referencedPlugin(reference)).rejects.toThrow('strategy plugin a.mjs has changed since this was started');
    await expect(referencedPlugin({ ...reference, file: 'b.mjs' })).rejects.toThrow(
      'strategy plugin b.mjs is not there any more',
    );
  });

  it('is loaded anew as another instance, which shares nothing with the first', async () => {
    const folder = pluginFolder({ 'a.mjs': `let loaded = 0;\n${pluginSource({ lookBack: '++loaded' })}` });
    const lookBacks = [];
    for (const instance of [1, 1, 2]) lookBacks.push((await loadPlugin({ folder, file: 'a.mjs' }, instance)).definition.lookBack);
    expect(lookBacks).toEqual([1, 2, 1]);
  });
});
