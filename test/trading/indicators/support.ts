import * as fc from 'fast-check';
import type { Candles } from '../../../src/trading/candle.ts';
import { indicatorKinds, indicatorNamed } from '../../../src/trading/indicators/catalog.ts';
import { columnOf, type Indicator } from '../../../src/trading/indicators/indicator.ts';
import type { ParameterDeclaration } from '../../../src/trading/parameters.ts';
import { candlesOf, hour, type Row, start } from '../support/builders.ts';

/** Every line of every indicator there is. */
export const everyLine = indicatorKinds.flatMap((kind) =>
  kind.outputs.map((output) => [output === '' ? kind.name : `${kind.name} ${output}`, kind, output] as const),
);

/** An indicator's column, from candles that come one at a time. */
export function streamed(indicator: Indicator, candles: Candles): number[] {
  const stream = indicator.stream();
  return Array.from(candles.openTime, (_, index) => stream.next(candles, index));
}

/** The column that a name describes, as plain numbers. */
export function lineOn(candles: Candles, name: string, parameters: Record<string, unknown> = {}, output?: string): number[] {
  return [...columnOf(indicatorNamed({ name, parameters, output: output ?? null }), candles)];
}

/** Candles with the volumes given. */
export function tradedCandles(rows: readonly (readonly [...Row, volume: number])[], step = hour, from = start): Candles {
  const candles = candlesOf(
    rows.map(([open, high, low, close]) => [open, high, low, close]),
    from,
    step,
  );
  rows.forEach((row, i) => (candles.volume[i] = row[4]));
  return candles;
}

const volume = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e9, noNaN: true }));
const wild = fc
  .array(
    fc.record({
      gap: fc.constantFrom(0, 0, 0, 0.03, -0.03),
      change: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
      up: fc.double({ min: 0, max: 0.05, noNaN: true }),
      down: fc.double({ min: 0, max: 0.05, noNaN: true }),
      volume,
    }),
    { maxLength: 40 },
  )
  .map((steps) => steps.map((step) => ({ ...step })));
const still = fc.record({ gap: fc.constant(0), change: fc.constant(0), up: fc.constant(0), down: fc.constant(0), volume });
const flat = fc.tuple(still, fc.integer({ min: 1, max: 50 })).map(([step, times]) => Array.from({ length: times }, () => step));

/** A market with wild stretches, dead ones, and such without any trade; sometimes shorter than any warm-up, sometimes empty. */
export const marketCandles: fc.Arbitrary<Candles> = fc
  .tuple(
    fc.oneof(fc.constantFrom(0.1, 1, 3), fc.double({ min: 1e-6, max: 1e5, noNaN: true })),
    fc.constantFrom(hour, 86_400_000, 60_000),
    fc.array(fc.oneof(wild, wild, flat), { maxLength: 5 }),
  )
  .map(([price, step, stretches]) => {
    let close = price;
    return tradedCandles(
      stretches.flat().map(({ gap, change, up, down, volume }) => {
        const open = close * (1 + gap);
        close = open * (1 + change);
        return [open, Math.max(open, close) * (1 + up), Math.min(open, close) * (1 - down), close, volume] as const;
      }),
      step,
    );
  });

function valueWithin(declaration: ParameterDeclaration): fc.Arbitrary<unknown> {
  if (declaration.type === 'BOOLEAN') return fc.boolean();
  if (declaration.type === 'CHOICE') return fc.constantFrom(...declaration.values);
  const { type, min, max, aboveMin, nullable } = declaration;
  const value =
    type === 'INTEGER'
      ? fc.integer({ min, max: Math.min(max, 25) })
      : fc.double({ min, max, noNaN: true, minExcluded: aboveMin ?? false });
  return nullable ? fc.option(value) : value;
}

/** Parameters within the bounds of their declarations, though maybe against a rule between them. */
export function parametersOf(
  declarations: Readonly<Record<string, ParameterDeclaration>>,
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(Object.entries(declarations).map(([name, d]) => [name, valueWithin(d)])));
}

/** A market made of a few waves, with volume, the same at every run: hourly candles over many days. */
export function generatedCandles(length: number): Candles {
  let close = 100;
  return tradedCandles(
    Array.from({ length }, (_, i) => {
      const open = close;
      close = 100 + 20 * Math.sin(i / 40) + 3 * Math.sin(i * i);
      const high = Math.max(open, close) + 1 + Math.sin(i * 7.3);
      const low = Math.min(open, close) - 1 - Math.sin(i * 3.1);
      return [open, high, low, close, 1_000 * (1.5 + Math.sin(i * 11.7))] as const;
    }),
  );
}

/**
 * The largest difference from index `from` on, relative to the expected value, or to the usual size of the line where the value is small: an
 * oscillator that passes through zero has no relative error there.
 */
export function worstDifference(actual: readonly number[], expected: readonly number[], from: number): number {
  const usual = expected.slice(from).reduce((sum, value) => sum + Math.abs(value), 0) / (expected.length - from);
  const differences = expected
    .slice(from)
    .map((value, i) => Math.abs(actual[from + i] - value) / Math.max(Math.abs(value), usual, Number.MIN_VALUE));
  return differences.reduce((most, difference) => Math.max(most, difference), 0);
}
