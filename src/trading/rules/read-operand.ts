import { ParameterError, shown } from '../errors.ts';
import { rulesLimits } from './limits.ts';
import { fieldsOf, numberIn, oneFieldOf, oneOf, type Path, required, wholeIn } from './objects.ts';
import { indicatorFields, readIndicator } from './read-indicator.ts';
import {
  calculations,
  type IndicatorOperand,
  type Operand,
  type Pair,
  type PriceOperand,
  type RuleParameter,
  RulePrice,
} from './types.ts';

const keys = ['constant', 'parameter', 'price', 'indicator', ...calculations] as const;
const prices = Object.values(RulePrice);
const largest = 1e15;

/** Reads operands, and counts what all of the rules may have only so much of. */
export class OperandReader {
  readonly #declared: readonly RuleParameter[];
  readonly #indicators = new Set<string>();
  #nodes = 0;

  constructor(declared: readonly RuleParameter[]) {
    this.#declared = declared;
  }

  /** Notes a node. @throws ParameterError when there are too many, or it is too deep; nothing below is looked at then */
  enter(path: Path, depth: number): void {
    this.room(1, path);
    this.#nodes += 1;
    if (depth > rulesLimits.depth)
      throw new ParameterError(`the rules are nested deeper than ${rulesLimits.depth}`, path, { limit: rulesLimits.depth });
  }

  /** @throws ParameterError when so many more nodes would be too many */
  room(more: number, path: Path): void {
    if (this.#nodes + more > rulesLimits.nodes)
      throw new ParameterError(`the rules have more than ${rulesLimits.nodes} conditions and operands`, path, {
        limit: rulesLimits.nodes,
      });
  }

  /** @throws ParameterError when a decision would look back too far */
  reach(candles: number, path: Path): number {
    if (candles > rulesLimits.lookBack)
      throw new ParameterError(`the rules look back ${candles} candles, the maximum is ${rulesLimits.lookBack}`, path, {
        value: candles,
        limit: rulesLimits.lookBack,
      });
    return candles;
  }

  pair(content: unknown, key: string, path: Path, depth: number, reach: number): Pair {
    const fields = fieldsOf(content, key, ['left', 'right'], path);
    const side = (name: 'left' | 'right'): Operand =>
      this.operand(required(fields, name, key, path), [...path, name], depth + 1, reach);
    return { left: side('left'), right: side('right') };
  }

  operand(input: unknown, path: Path, depth: number, reach: number): Operand {
    this.enter(path, depth);
    const [key, content] = oneFieldOf(input, 'an operand', keys, path);
    const at = [...path, key];
    switch (key) {
      case 'constant':
        return { constant: numberIn(content, 'a constant', [-largest, largest], at) };
      case 'parameter':
        return { parameter: this.#parameter(content, at).name };
      case 'price':
        return { price: this.#price(content, at, reach) };
      case 'indicator':
        return { indicator: this.#indicator(content, at, reach) };
      default:
        return { [key]: this.pair(content, key, at, depth, reach) } as unknown as Operand;
    }
  }

  #parameter(name: unknown, path: Path): RuleParameter {
    const found = this.#declared.find((parameter) => parameter.name === name);
    if (found) return found;
    const known = this.#declared.map((parameter) => parameter.name).join(', ') || 'none';
    throw new ParameterError(`the rules declare no parameter ${shown(name)}; they declare ${known}`, path, { limit: known });
  }

  #offset(value: unknown, path: Path, reach: number): { offset?: number } {
    if (value === undefined) return {};
    const at = [...path, 'offset'];
    const offset = wholeIn(value, 'offset', [0, rulesLimits.lookBack], at);
    this.reach(reach + offset, at);
    return offset === 0 ? {} : { offset };
  }

  #price(content: unknown, path: Path, reach: number): PriceOperand {
    const fields = fieldsOf(content, 'price', ['source', 'offset'], path);
    const source = oneOf(required(fields, 'source', 'price', path), 'the source', prices, [...path, 'source']);
    return { source, ...this.#offset(fields.get('offset'), path, reach) };
  }

  #indicator(content: unknown, path: Path, reach: number): IndicatorOperand {
    const fields = fieldsOf(content, 'indicator', indicatorFields, path);
    const indicator = readIndicator(fields, path, (name, at) => this.#parameter(name, at));
    this.#indicators.add(JSON.stringify(indicator));
    if (this.#indicators.size > rulesLimits.indicators)
      throw new ParameterError(`the rules have more than ${rulesLimits.indicators} different indicators`, path, {
        limit: rulesLimits.indicators,
      });
    return { ...indicator, ...this.#offset(fields.get('offset'), path, reach) };
  }
}
