import {
  type Calculation,
  type Comparison,
  type Condition,
  type IndicatorOperand,
  keyed,
  levels,
  moments,
  type Operand,
  type Pair,
  type Rules,
  type RulePrice,
} from './types.ts';

/** A cross of two nodes in one direction. */
export interface Cross {
  readonly kind: 'crossesAbove' | 'crossesBelow';
  readonly left: number;
  readonly right: number;
}

/** A node of the rules as a place in a list, its inputs being places before it. */
export type Node =
  | { readonly kind: 'price'; readonly source: RulePrice; readonly offset: number }
  | { readonly kind: 'indicator'; readonly column: string; readonly offset: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: Calculation | Exclude<Comparison, Cross['kind']>; readonly left: number; readonly right: number }
  | Cross
  | { readonly kind: 'rising' | 'falling'; readonly operand: number; readonly candles: number }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly number[] }
  | { readonly kind: 'not'; readonly part: number }
  | { readonly kind: 'within'; readonly part: number; readonly candles: number };

/** Rules as a list in which everything stands once, inputs before what they go into. */
export interface Plan {
  readonly nodes: readonly Node[];
  /** Candles before the current one for which each node is needed too. */
  readonly halos: readonly number[];
  /** Place of each moment's condition; undefined where the rules say nothing. */
  readonly roots: Readonly<Partial<Record<(typeof moments)[number], number>>>;
  /** Place of each level's price. */
  readonly levels: Readonly<Partial<Record<(typeof levels)[number], number>>>;
  /** The indicators under the names of their columns. */
  readonly indicators: ReadonlyMap<string, IndicatorOperand>;
  /** Candles before the current one that are read. */
  readonly lookBack: number;
}

/** Lays rules out. Equal parts share a place, so that a cross that both enters and exits is found once. */
export function planRules(rules: Rules): Plan {
  const layout = new Layout();
  const roots: Partial<Record<(typeof moments)[number], number>> = {};
  for (const moment of moments) {
    const condition = rules[moment];
    if (condition !== undefined) roots[moment] = layout.condition(condition);
  }
  const prices: Partial<Record<(typeof levels)[number], number>> = {};
  for (const level of levels) {
    const operand = rules[level];
    if (operand !== undefined) prices[level] = layout.operand(operand);
  }
  const { nodes, indicators } = layout;
  const halos = halosOf(nodes);
  const lookBack = Math.max(0, ...nodes.map((node, place) => halos[place] + ('offset' in node ? node.offset : 0)));
  return { nodes, halos, roots, levels: prices, indicators, lookBack };
}

class Layout {
  readonly nodes: Node[] = [];
  readonly indicators = new Map<string, IndicatorOperand>();
  readonly #places = new Map<string, number>();

  condition(condition: Condition): number {
    const [kind, content] = keyed(condition);
    switch (kind) {
      case 'all':
      case 'any':
        return this.#place({ kind, parts: content.map((part) => this.condition(part)) });
      case 'not':
        return this.#place({ kind, part: this.condition(content) });
      case 'within':
        return this.#place({ kind, part: this.condition(content.condition), candles: content.candles });
      case 'rising':
      case 'falling':
        return this.#place({ kind, operand: this.operand(content.operand), candles: content.candles });
      default:
        return this.#pair(kind, content);
    }
  }

  operand(operand: Operand): number {
    const [kind, content] = keyed(operand);
    switch (kind) {
      case 'constant':
        return this.#place({ kind, value: content });
      case 'parameter':
        return this.#place({ kind, name: content });
      case 'price':
        return this.#place({ kind, source: content.source, offset: content.offset ?? 0 });
      case 'indicator': {
        const { offset = 0, ...indicator } = content;
        const column = JSON.stringify(indicator);
        this.indicators.set(column, indicator);
        return this.#place({ kind, column, offset });
      }
      default:
        return this.#pair(kind, content);
    }
  }

  #pair(kind: Calculation | Comparison, { left, right }: Pair): number {
    return this.#place({ kind, left: this.operand(left), right: this.operand(right) });
  }

  #place(node: Node): number {
    const key = JSON.stringify(node);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.nodes.length);
    return this.nodes.push(node) - 1;
  }
}

/** The places that go into a node. */
export function inputsOf(node: Node): readonly number[] {
  if ('parts' in node) return node.parts;
  if ('part' in node) return [node.part];
  if ('left' in node) return [node.left, node.right];
  return 'operand' in node ? [node.operand] : [];
}

/** Candles before its own at which a node reads its inputs. */
function reachOf(node: Node): number {
  if (node.kind === 'within') return node.candles - 1;
  if (node.kind === 'rising' || node.kind === 'falling') return node.candles;
  return node.kind === 'crossesAbove' || node.kind === 'crossesBelow' ? 1 : 0;
}

/** From the last node to the first: what is needed of a node is known once everything that it goes into was looked at. */
function halosOf(nodes: readonly Node[]): number[] {
  const halos = nodes.map(() => 0);
  for (let place = nodes.length - 1; place >= 0; place--) {
    const node = nodes[place];
    const needed = halos[place] + reachOf(node);
    for (const input of inputsOf(node)) halos[input] = Math.max(halos[input], needed);
  }
  return halos;
}
