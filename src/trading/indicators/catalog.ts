import { ParameterError, shown } from '../errors.ts';
import { type ParameterDeclarations, readParameters, type ValuesOf } from '../parameters.ts';
import { ema } from './ema.ts';
import type { Indicator, PriceSource } from './indicator.ts';
import { rsi } from './rsi.ts';
import { sma } from './sma.ts';

/** An indicator as something that can be named: by a rule, by a client that draws a chart. */
export interface IndicatorKind {
  /** As traders write it: "EMA", "MACD". */
  readonly name: string;
  readonly description: string;
  readonly parameters: ParameterDeclarations;
  /** The lines it has, the usual one first; one empty name where there is only one. */
  readonly outputs: readonly string[];
  /** Whether it can be computed on any column; otherwise it has columns of its own. */
  readonly sourced: boolean;
  readonly create: (parameters: Readonly<Record<string, never>>, output: string, source: PriceSource) => Indicator;
}

/** What names one indicator column. */
export interface IndicatorName {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, unknown>> | null;
  readonly output?: string | null;
  readonly source?: PriceSource | null;
}

function defineIndicator<const D extends ParameterDeclarations, const O extends readonly [string, ...string[]]>(kind: {
  readonly name: string;
  readonly description: string;
  readonly parameters: D;
  readonly outputs: O;
  readonly sourced: boolean;
  readonly create: (parameters: ValuesOf<D>, output: O[number], source: PriceSource) => Indicator;
}): IndicatorKind {
  return kind as unknown as IndicatorKind;
}

const period = (usual: number, min = 1) =>
  ({ type: 'INTEGER', description: 'Candles it looks back over.', default: usual, min, max: 5_000, step: 1 }) as const;

/** Every indicator there is, in the order they are listed. */
export const indicatorKinds: readonly IndicatorKind[] = [
  defineIndicator({
    name: 'SMA',
    description: 'Simple moving average.',
    parameters: { period: period(20) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => sma(p.period, source),
  }),
  defineIndicator({
    name: 'EMA',
    description: 'Exponential moving average, seeded with the mean of the first values.',
    parameters: { period: period(20) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => ema(p.period, source),
  }),
  defineIndicator({
    name: 'RSI',
    description: 'Relative strength index with Wilder smoothing, 0 to 100.',
    parameters: { period: period(14) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => rsi(p.period, source),
  }),
];

const sources: readonly string[] = ['open', 'high', 'low', 'close', 'volume'] satisfies PriceSource[];

/**
 * The indicator that a name, parameters, an output and a source describe.
 * @param path where the name stands in the caller's input
 * @throws ParameterError naming what there is instead, or the parameter, its limit and the value
 */
export function indicatorNamed(wanted: IndicatorName, path: readonly string[] = []): Indicator {
  const kind = indicatorKinds.find(({ name }) => name === wanted.name);
  if (kind === undefined) {
    const known = indicatorKinds.map(({ name }) => name).join(', ');
    throw new ParameterError(`there is no indicator ${shown(wanted.name)}; there are ${known}`, [...path, 'name'], {
      value: wanted.name,
      limit: known,
    });
  }
  const output = wanted.output ?? kind.outputs[0];
  if (!kind.outputs.includes(output))
    throw new ParameterError(
      `${kind.name} has no output ${shown(output)}; it has ${kind.outputs.filter(Boolean).join(', ') || 'only one'}`,
      [...path, 'output'],
      { value: output, limit: kind.outputs },
    );
  const source = wanted.source ?? 'close';
  if (!sources.includes(source))
    throw new ParameterError(`there is no source ${shown(source)}; there are ${sources.join(', ')}`, [...path, 'source'], {
      value: source,
      limit: sources,
    });
  if (source !== 'close' && !kind.sourced)
    throw new ParameterError(`${kind.name} is not computed on one column, so it has no source`, [...path, 'source'], {
      value: source,
    });
  const parameters = readParameters(kind.parameters, wanted.parameters, `indicator ${kind.name}`, [...path, 'parameters']);
  return kind.create(parameters as never, output, source);
}
