import type { Candles } from '../candle.ts';
import { type Decider, deciderOf } from '../decider.ts';
import { type BoundStrategy, Decision, type DecisionLevels, type PositionView, Signal } from '../strategy.ts';

/** Who a strategy is asked by. */
export const AskedAs = { FLAT: 'FLAT', LONG: 'LONG', SHORT: 'SHORT' } as const;
export type AskedAs = (typeof AskedAs)[keyof typeof AskedAs];

const sideOf = { FLAT: 0, LONG: 1, SHORT: -1 } as const;
/** The longest time that an imagined position has been held, in candles. */
const longestHeld = 24;

/** Indicator columns of candles, shared by key as a backtest does. Where an indicator writes nothing, `unwritten` stays. */
export function columnsOf(strategy: BoundStrategy, candles: Candles, unwritten = 0): Record<string, Float64Array> {
  const indicators = Object.entries(strategy.indicators);
  const byKey = new Map(indicators.map(([, indicator]) => [indicator.key, indicator]));
  const columns = new Map<string, Float64Array>();
  for (const [key, indicator] of byKey) {
    const out = new Float64Array(candles.openTime.length).fill(unwritten);
    indicator.batch(candles, out);
    columns.set(key, out);
  }
  return Object.fromEntries(indicators.map(([name, { key }]) => [name, columns.get(key)!]));
}

/** The same number, or none on both sides. */
export function same(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** What one asker was told, in words. */
export interface Told {
  readonly position: AskedAs | null;
  readonly text: string;
}

/**
 * Asks a strategy about a candle in every situation there is, and keeps what it says as a row of numbers that can be compared: the
 * signal byte with the levels of either entry, or the decision with its levels for whoever is flat, long and short.
 */
export class Interview {
  /** Numbers per answer. */
  readonly width: number;
  readonly #strategy: BoundStrategy;
  readonly #shorts: boolean;
  readonly #askers: readonly AskedAs[];
  readonly #levels: DecisionLevels = { stop: Number.NaN, target: Number.NaN };

  constructor(strategy: BoundStrategy, shorts: boolean) {
    this.#strategy = strategy;
    this.#shorts = shorts;
    this.#askers = shorts ? ['FLAT', 'LONG', 'SHORT'] : ['FLAT', 'LONG'];
    this.width = strategy.definition.signals === undefined ? this.#askers.length * 3 : 5;
  }

  /** The strategy at work on these columns, nothing prepared. */
  decider(candles: Candles, columns: Readonly<Record<string, Float64Array>>): Decider {
    const { definition, parameters } = this.#strategy;
    return deciderOf(definition, { candles, columns, parameters, shorts: this.#shorts });
  }

  /**
   * Writes the answer at a prepared candle.
   * @param index the candle's place in the columns
   * @param number the candle's number in the whole series, which decides what position is imagined
   */
  ask(decider: Decider, { close }: Candles, index: number, number: number, row: Float64Array): void {
    if (decider.signals !== null) {
      const signal = decider.signals[index];
      row[0] = signal;
      this.#levelsOf(decider, index, 1, (signal & Signal.ENTER_LONG) !== 0, row, 1);
      this.#levelsOf(decider, index, -1, (signal & Signal.ENTER_SHORT) !== 0, row, 3);
      return;
    }
    const candles = Math.min(number, 1 + ((number * 7) % longestHeld));
    this.#askers.forEach((asker, i) => {
      const side = sideOf[asker];
      const position: PositionView =
        side === 0
          ? { side, entryPrice: Number.NaN, quantity: 0, candles: 0 }
          : { side, entryPrice: close[index - candles], quantity: 1, candles };
      const decision = decider.decision(index, position);
      row[i * 3] = decision;
      const enters = decision === Decision.ENTER_LONG || decision === Decision.ENTER_SHORT;
      this.#levelsOf(decider, index, decision === Decision.ENTER_SHORT ? -1 : 1, enters, row, i * 3 + 1);
    });
  }

  #levelsOf(decider: Decider, index: number, side: 1 | -1, enters: boolean, row: Float64Array, at: number): void {
    this.#levels.stop = Number.NaN;
    this.#levels.target = Number.NaN;
    if (enters) decider.levels(index, side, this.#levels);
    row[at] = this.#levels.stop;
    row[at + 1] = this.#levels.target;
  }

  /** Asks about every candle in turn, as a backtest does. */
  askAll(decider: Decider, candles: Candles, first: number): Float64Array {
    const n = candles.openTime.length;
    const rows = new Float64Array(n * this.width);
    decider.prepare(first, n);
    for (let i = first; i < n; i++) this.ask(decider, candles, i, i, this.row(rows, i));
    return rows;
  }

  row(rows: Float64Array, index: number): Float64Array {
    return rows.subarray(index * this.width, (index + 1) * this.width);
  }

  /** What the first asker who was told something else was told, in either row; null where the rows agree. */
  difference(one: Float64Array, other: Float64Array): readonly [Told, Told] | null {
    const at = one.findIndex((value, i) => !same(value, other[i]));
    if (at < 0) return null;
    if (this.#strategy.definition.signals !== undefined) {
      const told = (row: Float64Array): Told => ({ position: null, text: signalText(row) });
      return [told(one), told(other)];
    }
    const asker = Math.floor(at / 3);
    const told = (row: Float64Array): Told => ({ position: this.#askers[asker], text: decisionText(row, asker * 3) });
    return [told(one), told(other)];
  }
}

const bits = Object.entries(Signal).filter(([, bit]) => bit !== 0);
const decisions = new Map<number, string>(Object.entries(Decision).map(([name, value]) => [value, name]));

function levelsText(row: Float64Array, at: number): string {
  const [stop, target] = [row[at], row[at + 1]];
  return `${Number.isNaN(stop) ? '' : ` stop ${stop}`}${Number.isNaN(target) ? '' : ` target ${target}`}`;
}

function signalText(row: Float64Array): string {
  const names = bits.filter(([, bit]) => (row[0] & bit) !== 0).map(([name]) => name);
  return `${names.join(' ') || 'NONE'}${levelsText(row, 1)}${levelsText(row, 3)}`;
}

function decisionText(row: Float64Array, at: number): string {
  return `${decisions.get(row[at]) ?? row[at]}${levelsText(row, at + 1)}`;
}
