import type { StrategyContext, WriteSignals } from '../strategy.ts';
import * as kernels from './kernels.ts';
import { inputsOf, type Node, type Plan } from './plan.ts';
import { priceSource } from './types.ts';

/** Candles that are worked through at a time: what one step leaves is still in the processor's cache for the next. */
const block = 1_024;

/** Numbers of one node. Those of a column move on with the candles, those of a register are of the current block. */
interface Numbers {
  readonly data: Float64Array;
  /** 1 for a column, 0 for a register. */
  readonly moves: 0 | 1;
  /** Place of the candle at which the block begins, for a column when it begins at candle 0. */
  readonly start: number;
}

interface Truth {
  readonly data: Uint8Array;
  readonly start: number;
}

/** Brings one register up to date for the candles from `from` on, `count` of them. */
type Step = (from: number, count: number) => void;

/**
 * A plan on columns: a list of steps without a branch between them. Each node's register begins as many candles before the block as
 * other nodes look back at it, so a block needs nothing from the one before and candles can be asked for in any portions.
 */
export function writeSignals(plan: Plan, context: StrategyContext): WriteSignals {
  const { steps, root } = new Assembler(plan, context).assemble();
  const [enterLong, exitLong] = [root('enterLong'), root('exitLong')];
  const [enterShort, exitShort] = [root('enterShort'), root('exitShort')];
  return (from, to, out) => {
    for (let begin = from; begin < to; begin += block) {
      const count = Math.min(block, to - begin);
      for (const step of steps) step(begin, count);
      pack(enterLong, enterShort, exitLong, exitShort, out, begin, count);
    }
  };
}

/** The bytes of four conditions as the bits of `Signal`. */
function pack(a: Truth, b: Truth, c: Truth, d: Truth, out: Uint8Array, from: number, count: number): void {
  const [enterLong, enterShort, exitLong, exitShort] = [a.data, b.data, c.data, d.data];
  const [i, j, k, l] = [a.start, b.start, c.start, d.start];
  for (let n = 0; n < count; n++)
    out[from + n] = enterLong[i + n] | (enterShort[j + n] << 1) | (exitLong[k + n] << 2) | (exitShort[l + n] << 3);
}

/** What narrows the truth of others down, by the comparison. */
const lateKernels = {
  above: { kernel: kernels.andAbove, swap: false },
  atLeast: { kernel: kernels.andAtLeast, swap: false },
  below: { kernel: kernels.andAbove, swap: true },
  atMost: { kernel: kernels.andAtLeast, swap: true },
} as const;

function isLate(node: Node): node is Extract<Node, { left: number }> & { kind: keyof typeof lateKernels } {
  return node.kind in lateKernels;
}

class Assembler {
  readonly #plan: Plan;
  readonly #context: StrategyContext;
  readonly #numbers = new Map<number, Numbers>();
  readonly #truths = new Map<number, Uint8Array>();
  /** How many nodes and moments ask for a node. */
  readonly #uses = new Map<number, number>();
  /** Comparisons that are made only where the rest of their `all` is true. */
  readonly #late = new Set<number>();

  constructor(plan: Plan, context: StrategyContext) {
    this.#plan = plan;
    this.#context = context;
  }

  assemble(): { steps: readonly Step[]; root: (moment: keyof Plan['roots']) => Truth } {
    const { nodes, roots, halos } = this.#plan;
    const wanted: Plan['roots'] = this.#context.shorts ? roots : { ...roots, enterShort: undefined, exitShort: undefined };
    this.#countUses(Object.values(wanted));
    for (const place of this.#uses.keys()) this.#postpone(nodes[place]);
    const steps = nodes.flatMap((node, place) =>
      this.#uses.has(place) && !this.#late.has(place) ? (this.#step(node, place) ?? []) : [],
    );
    const never: Truth = { data: new Uint8Array(block), start: 0 };
    const root = (moment: keyof Plan['roots']): Truth => {
      const place = wanted[moment];
      return place === undefined ? never : { data: this.#truth(place), start: halos[place] };
    };
    return { steps, root };
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
    const waiting = node.parts.filter((part) => this.#uses.get(part) === 1 && this.#plan.nodes[part].kind in lateKernels);
    for (const part of waiting.length === node.parts.length ? waiting.slice(1) : waiting) this.#late.add(part);
  }

  /** Gives a node its column or register. @returns what fills the register for each block, if anything has to */
  #step(node: Node, place: number): Step | null {
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
        return this.#calculation(kernels[node.kind], node, place);
      case 'above':
      case 'atLeast':
      case 'crossesAbove':
        return this.#comparison(kernels[node.kind], node.left, node.right, place);
      case 'below':
        return this.#comparison(kernels.above, node.right, node.left, place);
      case 'atMost':
        return this.#comparison(kernels.atLeast, node.right, node.left, place);
      case 'crossesBelow':
        return this.#comparison(kernels.crossesAbove, node.right, node.left, place);
      case 'rising':
      case 'falling':
        return this.#trend(kernels[node.kind], node, place);
      case 'not':
        return this.#not(node.part, place);
      case 'within':
        return this.#within(node, place);
      default:
        return this.#joined(node.kind, node.parts, place);
    }
  }

  #column(place: number, data: Float64Array, offset: number): null {
    this.#numbers.set(place, { data, moves: 1, start: -offset });
    return null;
  }

  #constant(place: number, value: number): null {
    this.#register(place).fill(value);
    return null;
  }

  #register(place: number): Float64Array {
    const halo = this.#plan.halos[place];
    const data = new Float64Array(block + halo);
    this.#numbers.set(place, { data, moves: 0, start: halo });
    return data;
  }

  #truth(place: number): Uint8Array {
    let data = this.#truths.get(place);
    if (data === undefined) this.#truths.set(place, (data = new Uint8Array(block + this.#plan.halos[place])));
    return data;
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

  #comparison(kernel: typeof kernels.above, a: number, b: number, place: number): Step {
    const [left, right] = [this.#input(a, place), this.#input(b, place)];
    const out = this.#truth(place);
    const halo = this.#plan.halos[place];
    return (from, count) =>
      kernel(left.data, from * left.moves + left.start, right.data, from * right.moves + right.start, out, count + halo);
  }

  #trend(kernel: typeof kernels.rising, node: { operand: number; candles: number }, place: number): Step {
    const { data, moves, start } = this.#input(node.operand, place);
    const out = this.#truth(place);
    const halo = this.#plan.halos[place];
    return (from, count) => kernel(data, from * moves + start, node.candles, out, count + halo);
  }

  #not(part: number, place: number): Step {
    const { halos } = this.#plan;
    const [truth, out, at, halo] = [this.#truth(part), this.#truth(place), halos[part] - halos[place], halos[place]];
    return (_from, count) => kernels.not(truth, at, out, count + halo);
  }

  #within({ part, candles }: { part: number; candles: number }, place: number): Step {
    const { halos } = this.#plan;
    const [truth, out, at, halo] = [this.#truth(part), this.#truth(place), halos[part] - halos[place], halos[place]];
    return (_from, count) => kernels.within(truth, at, candles, out, count + halo);
  }

  #joined(kind: 'all' | 'any', parts: readonly number[], place: number): Step {
    const { halos } = this.#plan;
    const halo = halos[place];
    const [first, ...more] = parts.filter((part) => !this.#late.has(part));
    // A part that nobody else asks for lends its register.
    const isOwn = this.#uses.get(first) === 1;
    if (isOwn) this.#truths.set(place, this.#truth(first));
    const out = this.#truth(place);
    const truths = more.map((part) => ({ data: this.#truth(part), at: halos[part] - halo }));
    const late = parts.filter((part) => this.#late.has(part)).map((part) => this.#lateStep(part, out));
    const [begin, at] = [this.#truth(first), halos[first] - halo];
    const kernel = kind === 'all' ? kernels.and : kernels.or;
    return (from, count) => {
      if (!isOwn) kernels.copy(begin, at, out, count + halo);
      for (const truth of truths) kernel(truth.data, truth.at, out, count + halo);
      for (const step of late) step(from, count);
    };
  }

  #lateStep(place: number, out: Uint8Array): Step {
    const node = this.#plan.nodes[place];
    if (!isLate(node)) throw new RangeError(`node ${place} of the rules is no comparison`);
    const { kernel, swap } = lateKernels[node.kind];
    const halo = this.#plan.halos[place];
    const sides = [this.#input(node.left, place), this.#input(node.right, place)];
    const [left, right] = swap ? sides.reverse() : sides;
    return (from, count) =>
      kernel(left.data, from * left.moves + left.start, right.data, from * right.moves + right.start, out, count + halo);
  }
}
