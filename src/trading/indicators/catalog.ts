import { ParameterError, shown } from '../errors.ts';
import { readParameters } from '../parameters.ts';
import type { Indicator, PriceSource } from './indicator.ts';
import { indicatorKinds } from './kinds.ts';

export type { IndicatorKind } from './kind.ts';
export { indicatorKinds };

/** What names one indicator column. */
export interface IndicatorName {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, unknown>> | null;
  readonly output?: string | null;
  readonly source?: PriceSource | null;
}

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
  const parametersPath = [...path, 'parameters'];
  const parameters = readParameters(kind.parameters, wanted.parameters, `indicator ${kind.name}`, parametersPath);
  try {
    return kind.create(parameters as never, output, source);
  } catch (error) {
    // A rule between parameters, known to the indicator alone, which does not know where they stand.
    if (error instanceof ParameterError)
      throw new ParameterError(error.message, [...parametersPath, ...error.path], error.details);
    throw error;
  }
}
