import { ParameterError, shown } from '../errors.ts';
import { rulesLimits } from './limits.ts';
import { fieldsOf, oneFieldOf, type Path, required, wholeIn } from './objects.ts';
import { OperandReader } from './read-operand.ts';
import { readRuleParameters } from './read-parameters.ts';
import {
  comparisons,
  type Condition,
  levels,
  moments,
  type Operand,
  type Pair,
  type Rules,
  type Trend,
  trends,
} from './types.ts';

const keys = ['all', 'any', 'not', ...comparisons, ...trends, 'within'] as const;

/**
 * Rules from data that nobody has looked at yet: a fresh, complete and bounded tree.
 * @param path where the rules stand in the caller's input
 * @throws ParameterError at the first thing that is wrong, with its path
 */
export function readRules(input: unknown, path: Path = ['rules']): Rules {
  const fields = fieldsOf(input, 'the rules', [...moments, ...levels, 'reverses', 'parameters'], path);
  const declared = fields.has('parameters') ? readRuleParameters(fields.get('parameters'), [...path, 'parameters']) : [];
  const operands = new OperandReader(declared);
  const reader = new ConditionReader(operands);
  const conditions: Partial<Record<(typeof moments)[number], Condition>> = {};
  for (const moment of moments)
    if (fields.has(moment)) conditions[moment] = reader.condition(fields.get(moment), [...path, moment], 1, 0);
  if (conditions.enterLong === undefined && conditions.enterShort === undefined)
    throw new ParameterError('the rules never enter: give enterLong or enterShort', path);
  const prices: Partial<Record<(typeof levels)[number], Operand>> = {};
  for (const level of levels) if (fields.has(level)) prices[level] = operands.operand(fields.get(level), [...path, level], 1, 0);
  const reverses = fields.get('reverses') ?? false;
  if (typeof reverses !== 'boolean')
    throw new ParameterError(`reverses must be true or false, not ${shown(reverses)}`, [...path, 'reverses']);
  return {
    ...conditions,
    ...prices,
    ...(reverses ? { reverses } : {}),
    ...(declared.length > 0 ? { parameters: declared } : {}),
  };
}

class ConditionReader {
  readonly #operands: OperandReader;

  constructor(operands: OperandReader) {
    this.#operands = operands;
  }

  /**
   * @param depth of this node, 1 at the top
   * @param reach candles that the nodes above look back
   */
  condition(input: unknown, path: Path, depth: number, reach: number): Condition {
    this.#operands.enter(path, depth);
    const [key, content] = oneFieldOf(input, 'a condition', keys, path);
    const at = [...path, key];
    switch (key) {
      case 'all':
        return { all: this.#list(content, at, depth, reach) };
      case 'any':
        return { any: this.#list(content, at, depth, reach) };
      case 'not':
        return { not: this.condition(content, at, depth + 1, reach) };
      case 'within': {
        const fields = fieldsOf(content, 'within', ['condition', 'candles'], at);
        const candles = this.#candles(fields.get('candles'), 'within', at);
        const before = this.#operands.reach(reach + candles - 1, [...at, 'candles']);
        return {
          within: {
            condition: this.condition(required(fields, 'condition', 'within', at), [...at, 'condition'], depth + 1, before),
            candles,
          },
        };
      }
      case 'rising':
        return { rising: this.#trend(content, 'rising', at, depth, reach) };
      case 'falling':
        return { falling: this.#trend(content, 'falling', at, depth, reach) };
      default:
        return { [key]: this.#pair(content, key, at, depth, reach) } as unknown as Condition;
    }
  }

  #list(content: unknown, path: Path, depth: number, reach: number): readonly Condition[] {
    if (!Array.isArray(content)) throw new ParameterError(`${path.at(-1)} must be a list, not ${shown(content)}`, path);
    if (content.length === 0) throw new ParameterError(`${path.at(-1)} needs at least one condition`, path);
    // Told before the first one is looked at: a list of a million costs nothing.
    this.#operands.room(content.length, path);
    return Array.from(content, (item: unknown, index) => this.condition(item, [...path, String(index)], depth + 1, reach));
  }

  #pair(content: unknown, key: string, path: Path, depth: number, reach: number): Pair {
    const before = this.#operands.reach(reach + (key.startsWith('crosses') ? 1 : 0), path);
    return this.#operands.pair(content, key, path, depth, before);
  }

  #trend(content: unknown, key: string, path: Path, depth: number, reach: number): Trend {
    const fields = fieldsOf(content, key, ['operand', 'candles'], path);
    const candles = this.#candles(fields.get('candles') ?? 1, key, path);
    const before = this.#operands.reach(reach + candles, [...path, 'candles']);
    const operand = required(fields, 'operand', key, path);
    return { operand: this.#operands.operand(operand, [...path, 'operand'], depth + 1, before), candles };
  }

  #candles(value: unknown, key: string, path: Path): number {
    return wholeIn(value, `candles of ${key}`, [1, rulesLimits.lookBack], [...path, 'candles']);
  }
}
