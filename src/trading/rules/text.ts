import {
  type Condition,
  type IndicatorOperand,
  keyed,
  levels,
  moments,
  type Operand,
  type Pair,
  RulePrice,
  type Rules,
} from './types.ts';

const titles = { enterLong: 'Enter long', exitLong: 'Exit long', enterShort: 'Enter short', exitShort: 'Exit short' } as const;

const verbs = {
  above: '>',
  atLeast: '>=',
  below: '<',
  atMost: '<=',
  crossesAbove: 'crosses above',
  crossesBelow: 'crosses below',
} as const;

const signs = { plus: '+', minus: '-', times: '*', over: '/' } as const;

const levelTitles = {
  stopLong: 'Long stop',
  targetLong: 'Long target',
  stopShort: 'Short stop',
  targetShort: 'Short target',
} as const;

const reversing = 'Entries of the other side reverse an open position';

/** How tightly a text holds together; what holds less tightly than its place needs parentheses. */
const binds = { any: 1, all: 2, plain: 3, sum: 1, product: 2, value: 3 } as const;

type Bound = readonly [text: string, binding: number];

const held = ([text, binding]: Bound, needed: number): string => (binding < needed ? `(${text})` : text);

/** Rules as people read them, a line for each moment and level: "Enter long: EMA(9) crosses above EMA(21) and RSI(14) < 70". */
export function rulesText(rules: Rules): string {
  const lines = moments.flatMap((moment) => {
    const condition = rules[moment];
    return condition === undefined ? [] : [`${titles[moment]}: ${conditionText(condition)}`];
  });
  const prices = levels.flatMap((level) => {
    const operand = rules[level];
    return operand === undefined ? [] : [`${levelTitles[level]}: ${operandText(operand)}`];
  });
  const turns = rules.reverses === true ? [reversing] : [];
  return [...lines, ...prices, ...turns].join('\n');
}

/** One condition, with the parentheses it needs and no others. */
export function conditionText(condition: Condition): string {
  return textOf(condition)[0];
}

function textOf(condition: Condition): Bound {
  const node = keyed(condition);
  switch (node[0]) {
    case 'all':
      return joined(node[1], 'and', binds.all);
    case 'any':
      return joined(node[1], 'or', binds.any);
    case 'not':
      return [`not (${conditionText(node[1])})`, binds.plain];
    case 'within':
      return [`(${conditionText(node[1].condition)}) within ${candles(node[1].candles)}`, binds.plain];
    case 'rising':
    case 'falling':
      return [`${held(operandOf(node[1].operand), binds.value)} ${node[0]} for ${candles(node[1].candles)}`, binds.plain];
    default:
      return [`${operandText(node[1].left)} ${verbs[node[0]]} ${operandText(node[1].right)}`, binds.plain];
  }
}

/** The same word on both levels needs no parentheses, but would hide how the tree is built, so it gets them. */
function joined(conditions: readonly Condition[], word: string, binding: number): Bound {
  const [first, ...more] = conditions.map(textOf);
  if (more.length === 0) return first;
  return [[first, ...more].map((part) => held(part, binding + 1)).join(` ${word} `), binding];
}

/** A number per candle in words: "close 1 candle ago", "BBANDS(20,2).upper", "ATR(14) * 2". */
export function operandText(operand: Operand): string {
  return operandOf(operand)[0];
}

function operandOf(operand: Operand): Bound {
  const node = keyed(operand);
  switch (node[0]) {
    case 'constant':
      return [String(node[1]), binds.value];
    case 'parameter':
      return [referenceText(node[1]), binds.value];
    case 'price':
      return [ago(node[1].source.toLowerCase(), node[1].offset), binds.value];
    case 'indicator':
      return [ago(indicatorText(node[1]), node[1].offset), binds.value];
    case 'plus':
    case 'minus':
      return calculated(node[1], signs[node[0]], binds.sum);
    default:
      return calculated(node[1], signs[node[0]], binds.product);
  }
}

/** From the left as everybody reads it: a - b - c is (a - b) - c. */
function calculated({ left, right }: Pair, sign: string, binding: number): Bound {
  return [`${held(operandOf(left), binding)} ${sign} ${held(operandOf(right), binding + 1)}`, binding];
}

function indicatorText({ name, parameters, output, source }: IndicatorOperand): string {
  // Null is a parameter that is off: nothing to read.
  const values = Object.values(parameters).flatMap((value) =>
    value === null ? [] : [typeof value === 'object' ? referenceText(value.parameter) : String(value)],
  );
  const list = [...(source === undefined ? [] : [source.toLowerCase()]), ...values].join(',');
  return `${name}${list && `(${list})`}${output === undefined ? '' : `.${output}`}`;
}

const priceWords: ReadonlySet<string> = new Set(Object.values(RulePrice).map((source) => source.toLowerCase()));

/** A parameter by its name; one that is called as a price is told from it. */
const referenceText = (name: string): string => (priceWords.has(name.toLowerCase()) ? `parameter ${name}` : name);

const candles = (count: number): string => (count === 1 ? '1 candle' : `${count} candles`);

const ago = (text: string, offset = 0): string => (offset === 0 ? text : `${text} ${candles(offset)} ago`);
