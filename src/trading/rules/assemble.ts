import type { StrategyContext } from '../strategy.ts';
import * as kernels from './kernels.ts';
import { type Cross, inputsOf, type Node, type Plan } from './plan.ts';
import { block, type Step, Truth } from './registers.ts';
import { type Calculation, type Comparison, priceSource } from './types.ts';

/** Numbers of one node. Those of a column move on with the candles, those of a register are of the current block. */
export interface Numbers {
  readonly data: Float64Array;
  /** 1 for a column, 0 for a register. */
  readonly moves: 0 | 1;
  /** Place of the candle at which the block begins, for a column when it begins at candle 0. */
  readonly start: number;
}

interface Comparing {
  readonly kernel: typeof kernels.above;
  /** Whether left is given as right and right as left: what is below has the other above it. */
  readonly swap: boolean;
}

const comparing: Readonly<Record<Comparison, Comparing>> = {
  above: { kernel: kernels.above, swap: false },
  atLeast: { kernel: kernels.atLeast, swap: false },
  below: { kernel: kernels.above, swap: true },
  atMost: { kernel: kernels.atLeast, swap: true },
  crossesAbove: { kernel: kernels.crossesAbove, swap: false },
  crossesBelow: { kernel: kernels.crossesAbove, swap: true },
};

/** Comparisons that can narrow down what is true already. */
const narrowing: Readonly<Partial<Record<Node['kind'], Comparing>>> = {
  above: { kernel: kernels.andAbove, swap: false },
  atLeast: { kernel: kernels.andAtLeast, swap: false },
  below: { kernel: kernels.andAbove, swap: true },
  atMost: { kernel: kernels.andAtLeast, swap: true },
};

const calculating: Readonly<Record<Calculation, typeof kernels.plus>> = {
  plus: kernels.plus,
  minus: kernels.minus,
  times: kernels.times,
  over: kernels.over,
};

/** The prices of a plan's levels, on given columns. */
export interface AssembledLevels {
  readonly steps: readonly Step[];
  readonly stopLong: Numbers | null;
  readonly targetLong: Numbers | null;
  readonly stopShort: Numbers | null;
  readonly targetShort: Numbers | null;
}

/** What a plan becomes on given columns. */
export interface Assembled {
  readonly steps: readonly Step[];
  readonly enterLong: Truth;
  readonly exitLong: Truth;
  readonly enterShort: Truth;
  readonly exitShort: Truth;
}

/** Turns a plan into steps on the columns of one context. */
export class Assembler {
  readonly #plan: Plan;
  readonly #context: StrategyContext;
  readonly #numbers = new Map<number, Numbers>();
  readonly #truths = new Map<number, Truth>();
  /** How many nodes and moments ask for a node. */
  readonly #uses = new Map<number, number>();
  /** Comparisons that are made only where the rest of their `all` is true. */
  readonly #late = new Set<number>();

  constructor(plan: Plan, context: StrategyContext) {
    this.#plan = plan;
    this.#context = context;
  }

  assemble(): Assembled {
    const { roots } = this.#plan;
    const wanted: Plan['roots'] = this.#context.shorts ? roots : { ...roots, enterShort: undefined, exitShort: undefined };
    const steps = this.#steps(Object.values(wanted));
    const never = new Truth(0);
    const root = (place: number | undefined): Truth => (place === undefined ? never : this.#truth(place));
    return {
      steps,
      enterLong: root(wanted.enterLong),
      exitLong: root(wanted.exitLong),
      enterShort: root(wanted.enterShort),
      exitShort: root(wanted.exitShort),
    };
  }

  /** The levels only: they are asked for at an entry, not at every candle. */
  assembleLevels(): AssembledLevels {
    const { levels } = this.#plan;
    const steps = this.#steps(Object.values(levels));
    const price = (place: number | undefined): Numbers | null =>
      place === undefined ? null : (this.#numbers.get(place) ?? null);
    return {
      steps,
      stopLong: price(levels.stopLong),
      targetLong: price(levels.targetLong),
      stopShort: price(levels.stopShort),
      targetShort: price(levels.targetShort),
    };
  }

  #steps(roots: readonly (number | undefined)[]): Step[] {
    const { nodes } = this.#plan;
    this.#countUses(roots);
    for (const place of this.#uses.keys()) this.#postpone(nodes[place]);
    return nodes.flatMap((node, place) => (this.#uses.has(place) && !this.#late.has(place) ? this.#step(node, place) : []));
  }

  /** Notes the nodes that somebody asks for: on spot, what is only for shorts is left out. */
  #countUses(roots: readonly (number | undefined)[]): void {
    const waiting = [...roots];
    while (waiting.length > 0) {
      const place = waiting.pop();
      if (place === undefined) continue;
      const before = this.#uses.get(place) ?? 0;
      this.#uses.set(place, before + 1);
      if (before === 0) waiting.push(...inputsOf(this.#plan.nodes[place]));
    }
  }

  /** Of a list that must all be true, comparisons that nobody else asks for can wait until the others are known. */
  #postpone(node: Node): void {
    if (node.kind !== 'all') return;
    const waiting = node.parts.filter((part) => this.#uses.get(part) === 1 && this.#plan.nodes[part].kind in narrowing);
    for (const part of waiting.length === node.parts.length ? waiting.slice(1) : waiting) this.#late.add(part);
  }

  /** Gives a node its column or register. @returns what fills the register for each block; none for a column or a constant */
  #step(node: Node, place: number): Step | Step[] {
    const { candles, columns, parameters } = this.#context;
    switch (node.kind) {
      case 'price':
        return this.#column(place, candles[priceSource[node.source]], node.offset);
      case 'indicator':
        return this.#column(place, columns[node.column], node.offset);
      case 'constant':
        return this.#constant(place, node.value);
      case 'parameter':
        return this.#constant(place, Number(parameters[node.name]));
      case 'plus':
      case 'minus':
      case 'times':
      case 'over':
        return this.#calculation(calculating[node.kind], node, place);
      case 'rising':
        return this.#trend(kernels.rising, node, place);
      case 'falling':
        return this.#trend(kernels.falling, node, place);
      case 'not':
        return this.#byWords(kernels.not, node.part, place);
      case 'within':
        return this.#within(node, place);
      case 'all':
      case 'any':
        return this.#joined(node.kind, node.parts, place);
      case 'crossesAbove':
      case 'crossesBelow':
        return this.#cross(node, place);
      default:
        return this.#comparison(comparing[node.kind], node, place);
    }
  }

  #column(place: number, data: Float64Array, offset: number): Step[] {
    // Not -offset: that of 0 is -0, no integer to the loops, which then add doubles to find their places.
    this.#numbers.set(place, { data, moves: 1, start: 0 - offset });
    return [];
  }

  #constant(place: number, value: number): Step[] {
    this.#register(place).fill(value);
    return [];
  }

  #register(place: number): Float64Array {
    const halo = this.#plan.halos[place];
    const data = new Float64Array(block + halo);
    this.#numbers.set(place, { data, moves: 0, start: halo });
    return data;
  }

  #truth(place: number): Truth {
    let truth = this.#truths.get(place);
    if (truth === undefined) this.#truths.set(place, (truth = new Truth(this.#plan.halos[place])));
    return truth;
  }

  /** An input as a node sees it: `start` is where the node's own halo begins. */
  #input(input: number, place: number): Numbers {
    const numbers = this.#numbers.get(input);
    if (numbers === undefined) throw new RangeError(`node ${input} of the rules does not come before node ${place}`);
    return { ...numbers, start: numbers.start - this.#plan.halos[place] };
  }

  #calculation(kernel: typeof kernels.plus, node: { left: number; right: number }, place: number): Step {
    const [left, right] = [this.#input(node.left, place), this.#input(node.right, place)];
    const out = this.#register(place);
    const halo = this.#plan.halos[place];
    return (from, count) =>
      kernel(left.data, from * left.moves + left.start, right.data, from * right.moves + right.start, out, count + halo);
  }

  /** @param into the node whose register is written, or narrowed down */
  #comparison({ kernel, swap }: Comparing, node: { left: number; right: number }, place: number, into = place): Step {
    const left = this.#input(swap ? node.right : node.left, place);
    const right = this.#input(swap ? node.left : node.right, place);
    const { bytes, first, halo } = this.#truth(into);
    return (from, count) =>
      kernel(left.data, from * left.moves + left.start, right.data, from * right.moves + right.start, bytes, first, count + halo);
  }

  /** Who enters on a cross mostly leaves on the opposite one: both are found in one pass. */
  #cross(node: Cross, place: number): Step[] {
    const opposite = this.#oppositeOf(node, place);
    if (opposite === null) return [this.#comparison(comparing[node.kind], node, place)];
    // The one that comes first writes both.
    if (opposite < place) return [];
    const [left, right] = [this.#input(node.left, place), this.#input(node.right, place)];
    const [up, down] = node.kind === 'crossesAbove' ? [place, opposite] : [opposite, place];
    const [above, below] = [this.#truth(up).bytes, this.#truth(down).bytes];
    const { first, halo } = this.#truth(place);
    return [
      (from, count) => {
        const [a, b] = [from * left.moves + left.start, from * right.moves + right.start];
        kernels.crossesBoth(left.data, a, right.data, b, above, below, first, count + halo);
      },
    ];
  }

  #oppositeOf({ kind, left, right }: Cross, place: number): number | null {
    const { nodes, halos } = this.#plan;
    const found = nodes.findIndex(
      (other, at) =>
        this.#uses.has(at) &&
        halos[at] === halos[place] &&
        other.kind === (kind === 'crossesAbove' ? 'crossesBelow' : 'crossesAbove') &&
        other.left === left &&
        other.right === right,
    );
    return found < 0 ? null : found;
  }

  #trend(kernel: typeof kernels.rising, node: { operand: number; candles: number }, place: number): Step {
    const { data, moves, start } = this.#input(node.operand, place);
    const { bytes, first, halo } = this.#truth(place);
    return (from, count) => kernel(data, from * moves + start, node.candles, bytes, first, count + halo);
  }

  #within({ part, candles }: { part: number; candles: number }, place: number): Step {
    const [truth, { bytes, first, start, halo }] = [this.#truth(part), this.#truth(place)];
    const shift = truth.start - start;
    return (_from, count) => kernels.within(truth.bytes, first + shift, candles, bytes, first, count + halo);
  }

  #byWords(kernel: typeof kernels.and, part: number, place: number): Step {
    const [truth, { words, first, start }] = [this.#truth(part), this.#truth(place)];
    const shift = (truth.start - start) >> 2;
    return (_from, count) => kernel(truth.words, shift, words, first >> 2, (start + count + 3) >> 2);
  }

  #joined(kind: 'all' | 'any', parts: readonly number[], place: number): Step[] {
    const [begin, ...more] = parts.filter((part) => !this.#late.has(part));
    // A part that nobody else asks for lends its register.
    const isOwn = this.#uses.get(begin) === 1;
    if (isOwn) this.#truths.set(place, this.#truth(begin));
    return [
      ...(isOwn ? [] : [this.#byWords(kernels.copy, begin, place)]),
      ...more.map((part) => this.#byWords(kind === 'all' ? kernels.and : kernels.or, part, place)),
      ...parts.flatMap((part) => (this.#late.has(part) ? this.#narrowed(part, place) : [])),
    ];
  }

  #narrowed(part: number, place: number): Step[] {
    const node = this.#plan.nodes[part];
    const comparison = narrowing[node.kind];
    return comparison && 'left' in node ? [this.#comparison(comparison, node, part, place)] : [];
  }
}
