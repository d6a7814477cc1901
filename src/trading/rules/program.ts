import type { DecisionLevels, StrategyContext, WriteSignals } from '../strategy.ts';
import { Assembler, type Numbers } from './assemble.ts';
import type { Plan } from './plan.ts';
import { block, type Truth } from './registers.ts';

/**
 * A plan on columns: a list of steps without a branch between them. Each node's register begins as many candles before the block as
 * other nodes look back at it, so a block needs nothing from the one before and candles can be asked for in any portions.
 */
export function writeSignals(plan: Plan, context: StrategyContext): WriteSignals {
  const { steps, enterLong, enterShort, exitLong, exitShort } = new Assembler(plan, context).assemble();
  return (from, to, out) => {
    // Words need an aligned place to go to; a few candles are not worth the view.
    const words = to - from > block && (out.byteOffset & 3) === 0 ? wordsOf(out) : null;
    let count = 0;
    for (let begin = from; begin < to; begin += count) {
      // After the first block all begin at a multiple of four.
      count = Math.min(block - (begin & 3), to - begin);
      for (const step of steps) step(begin, count);
      const done = words === null || (begin & 3) !== 0 ? 0 : count >> 2;
      if (words !== null) packWords(enterLong, enterShort, exitLong, exitShort, words, begin >> 2, done);
      packBytes(enterLong, enterShort, exitLong, exitShort, out, begin, done << 2, count);
    }
  };
}

/** Sets what an entry asks for; `entryOrder` says which of it makes sense. */
export function writeLevels(plan: Plan, context: StrategyContext): (index: number, side: 1 | -1, levels: DecisionLevels) => void {
  const { steps, stopLong, targetLong, stopShort, targetShort } = new Assembler(plan, context).assembleLevels();
  return (index, side, levels) => {
    for (const step of steps) step(index, 1);
    levels.stop = numberAt(side > 0 ? stopLong : stopShort, index);
    levels.target = numberAt(side > 0 ? targetLong : targetShort, index);
  };
}

function numberAt(numbers: Numbers | null, index: number): number {
  return numbers === null ? Number.NaN : numbers.data[index * numbers.moves + numbers.start];
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** The bytes of four conditions as the bits of `Signal`: places `at` up to `count` of a block that begins at `from`. */
function packBytes(a: Truth, b: Truth, c: Truth, d: Truth, out: Uint8Array, from: number, at: number, count: number): void {
  const [enterLong, enterShort, exitLong, exitShort] = [a.bytes, b.bytes, c.bytes, d.bytes];
  const [i, j, k, l] = [a.start, b.start, c.start, d.start];
  for (let n = at; n < count; n++)
    out[from + n] = enterLong[i + n] | (enterShort[j + n] << 1) | (exitLong[k + n] << 2) | (exitShort[l + n] << 3);
}

/** The same, four candles at a time: no shift leaves its byte. */
function packWords(a: Truth, b: Truth, c: Truth, d: Truth, out: Int32Array, from: number, count: number): void {
  const [enterLong, enterShort, exitLong, exitShort] = [a.words, b.words, c.words, d.words];
  const [i, j, k, l] = [a.start >> 2, b.start >> 2, c.start >> 2, d.start >> 2];
  for (let n = 0; n < count; n++)
    out[from + n] = enterLong[i + n] | (enterShort[j + n] << 1) | (exitLong[k + n] << 2) | (exitShort[l + n] << 3);
}
