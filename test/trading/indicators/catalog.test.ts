import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../src/trading/errors.ts';
import {
  type IndicatorKind,
  indicatorKinds,
  type IndicatorName,
  indicatorNamed,
} from '../../../src/trading/indicators/catalog.ts';
import { ColumnCache } from '../../../src/trading/indicators/columns.ts';
import { columnOf, type Indicator } from '../../../src/trading/indicators/indicator.ts';
import { candleAt, CandleSeries, sliceCandles } from '../../../src/trading/series.ts';
import { closesOf } from '../support/builders.ts';
import { everyLine, marketCandles, parametersOf, streamed } from './support.ts';

const sources = ['open', 'high', 'low', 'close', 'volume'] as const;

/** Indicators of a kind with any parameters and source. */
function anyOf(kind: IndicatorKind, output: string): fc.Arbitrary<Indicator> {
  return fc
    .tuple(parametersOf(kind.parameters), kind.sourced ? fc.constantFrom(...sources) : fc.constant('close' as const))
    .map(([parameters, source]) => {
      try {
        return indicatorNamed({ name: kind.name, parameters, output, source });
      } catch (error) {
        if (error instanceof ParameterError) return null;
        throw error;
      }
    })
    .filter((indicator) => indicator !== null);
}

describe.each(everyLine)('%s', (_name, kind, output) => {
  it('gives bit for bit the same one candle at a time as all at once', () => {
    fc.assert(
      fc.property(marketCandles, anyOf(kind, output), (candles, indicator) => {
        expect(streamed(indicator, candles)).toEqual([...columnOf(indicator, candles)]);
      }),
    );
  });

  it('has numbers from its warm-up on, and none before', () => {
    fc.assert(
      fc.property(marketCandles, anyOf(kind, output), (candles, indicator) => {
        const column = columnOf(indicator, candles);
        const wrong = column.findIndex((value, i) => (i < indicator.warmUp ? !Number.isNaN(value) : !Number.isFinite(value)));
        expect([wrong, column[wrong]]).toEqual([-1, undefined]);
      }),
    );
  });

  it('knows nothing of the candles to come', () => {
    fc.assert(
      fc.property(marketCandles, anyOf(kind, output), fc.nat(200), (candles, indicator, length) => {
        const prefix = sliceCandles(candles, 0, length);
        expect([...columnOf(indicator, prefix)]).toEqual([...columnOf(indicator, candles).subarray(0, length)]);
      }),
    );
  });

  it('reads only the newest candle of a window that moves on', () => {
    const candles = closesOf(Array.from({ length: 2_600 }, (_, i) => 100 + Math.sin(i / 7) * 10 + (i % 13)));
    const indicator = indicatorNamed({ name: kind.name, output });
    const whole = columnOf(indicator, candles);
    const series = new CandleSeries({ line: indicator }, 1);
    const values = Array.from(candles.openTime, (_, i) => series.columns.line[series.append(candleAt(candles, i))]);
    expect(values).toEqual([...whole]);
  });

  it('writes every value of a column that was used before', () => {
    const candles = closesOf([3, 4, 5, 4, 6, 7, 3]);
    const indicator = indicatorNamed({ name: kind.name, output });
    const used = new Float64Array(7).fill(777);
    indicator.batch(candles, used);
    expect([...used]).toEqual([...columnOf(indicator, candles)]);
  });
});

describe('the catalog', () => {
  it('gives every line, parameter and source a key of its own', () => {
    const keys = everyLine.flatMap(([, kind, output]) => [
      ...(kind.sourced ? sources : [null]).map((source) => indicatorNamed({ name: kind.name, output, source }).key),
      ...Object.entries(kind.parameters).map(([name, { type, default: usual }]) => {
        const other = typeof usual !== 'number' ? 7 : type === 'INTEGER' ? usual + 1 : usual * 1.5;
        return indicatorNamed({ name: kind.name, output, parameters: { [name]: other } }).key;
      }),
    ]);
    expect(keys.length).toBeGreaterThan(60);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('gives equal names equal keys', () => {
    for (const [, kind, output] of everyLine)
      expect(indicatorNamed({ name: kind.name, output }).key).toBe(indicatorNamed({ name: kind.name, output }).key);
  });

  it('describes every indicator and parameter', () => {
    for (const kind of indicatorKinds)
      for (const { description } of [kind, ...Object.values(kind.parameters)]) expect(description).toMatch(/^.{15,}\.$/);
  });

  it('is what the guide says', () => {
    const guide = readFileSync('docs/guides/indicators.md', 'utf8').split('\n');
    for (const { name, parameters, outputs, sourced } of indicatorKinds) {
      const cells = [
        `\`${name}\``,
        Object.entries(parameters)
          .map(([parameter, { default: usual }]) => `${parameter} ${usual}`)
          .join(', '),
        outputs.join(', '),
        sourced ? 'any' : '',
      ];
      const row = `| ${cells.join(' | ')} | `.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
      expect(guide.filter((line) => line.startsWith(row))).toHaveLength(1);
      expect(guide.filter((line) => line.startsWith(`| \`${name}\` |`))).toHaveLength(2);
    }
  });

  it('takes the first output where none is asked for', () => {
    expect(indicatorNamed({ name: 'MACD' }).key).toBe('MACD(12,26,9).macd');
    expect(indicatorNamed({ name: 'OBV' }).key).toBe('OBV()');
    expect(indicatorNamed({ name: 'VWAP' }).key).toBe('VWAP(day)');
    expect(indicatorNamed({ name: 'BOLLINGER', output: 'percentB', source: 'open' }).key).toBe('BOLLINGER(open,20,2).percentB');
  });

  it('computes lines of one indicator together as it computes them alone', () => {
    fc.assert(
      fc.property(marketCandles, (candles) => {
        const all = everyLine.map(([name, kind, output]) => [name, indicatorNamed({ name: kind.name, output })] as const);
        const columns = new ColumnCache(candles).columns(Object.fromEntries(all));
        for (const [name, indicator] of all) expect([...columns[name]]).toEqual([...columnOf(indicator, candles)]);
      }),
      { numRuns: 30 },
    );
  });

  it.each<readonly [wanted: IndicatorName, path: string, message: string]>([
    [{ name: 'FOO' }, 'name', 'there is no indicator "FOO"; there are SMA, EMA, '],
    [{ name: 'MACD', output: 'upper' }, 'output', 'MACD has no output "upper"; it has macd, signal, histogram'],
    [{ name: 'ATR', output: 'upper' }, 'output', 'ATR has no output "upper"; it has only one'],
    [{ name: 'ATR', source: 'high' }, 'source', 'ATR is not computed on one column, so it has no source'],
    [{ name: 'SMA', source: 'hl2' as never }, 'source', 'there is no source "hl2"; there are open, high'],
    [{ name: 'ADX', parameters: { period: 0 } }, 'parameters.period', 'period 0 of indicator ADX must be at least 1'],
    [{ name: 'CCI', parameters: { period: 1_001 } }, 'parameters.period', 'period 1001 of indicator CCI exceeds its limit 1000'],
    [{ name: 'ROC', parameters: { length: 3 } }, 'parameters.length', 'indicator ROC has no parameter "length"; it has period'],
    [
      { name: 'BOLLINGER', parameters: { deviations: 0 } },
      'parameters.deviations',
      'deviations 0 of indicator BOLLINGER must be above 0',
    ],
    [
      { name: 'MACD', parameters: { fastPeriod: 26 } },
      'parameters.fastPeriod',
      'the fastPeriod 26 of MACD must be less than its slowPeriod 26',
    ],
    [{ name: 'PSAR', parameters: { step: 0.3 } }, 'parameters.step', 'the step 0.3 of PSAR must not exceed its maximum 0.2'],
  ])('refuses %j', (wanted, path, message) => {
    const named = (): unknown => indicatorNamed(wanted, ['rule', 'left']);
    expect(named).toThrow(message);
    expect(named).toThrow(expect.objectContaining({ path: ['rule', 'left', ...path.split('.')], constructor: ParameterError }));
  });
});
