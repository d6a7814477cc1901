import type { Candles } from '../candle.ts';
import { ColumnCache } from '../indicators/columns.ts';
import { candleAt, CandleSeries, sliceCandles } from '../series.ts';
import { type BoundStrategy, Decision } from '../strategy.ts';
import { columnsOf, Interview, same } from './answers.ts';
import { cutPoints, turningPoints } from './cut-points.ts';
import { Findings, type LookAheadKind } from './findings.ts';

/** What stands in a column before an indicator writes; no indicator has such a value. */
const unwrittenValue = -7.25e-300;
/** What stands in the signals before a strategy writes. */
const unwrittenSignal = 0xff;

/** A run on the whole series, which all other runs are held against. */
interface WholeRun {
  readonly candles: Candles;
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly answers: Float64Array;
  readonly signals: Uint8Array | null;
}

/** One look-ahead check of one strategy on one series: its stages, and what they found. */
export class LookAheadCheck {
  readonly findings: Findings;
  readonly #strategy: BoundStrategy;
  readonly #fresh: BoundStrategy | null;
  readonly #shorts: boolean;
  readonly #pristine: Candles;
  readonly #interview: Interview;
  readonly #first: number;
  readonly #n: number;

  /**
   * @param fresh the same strategy from a module of its own, or null where there is only one
   * @param pristine never shown to the strategy, which works on copies
   */
  constructor(strategy: BoundStrategy, fresh: BoundStrategy | null, pristine: Candles, shorts: boolean) {
    this.#strategy = strategy;
    this.#fresh = fresh;
    this.#shorts = shorts;
    this.#pristine = pristine;
    this.#interview = new Interview(strategy, shorts);
    this.#first = strategy.firstDecision;
    this.#n = pristine.openTime.length;
    this.findings = new Findings(pristine.openTime);
  }

  /** @returns the number of cut points that were tried */
  run(mostCuts: number, seed: number): number {
    // Before anything else has run on these candles: whoever remembers runs will answer otherwise later.
    const half = this.#first + Math.ceil((this.#n - this.#first) / 2);
    const early = this.#attempt(sliceCandles(this.#pristine, 0, half));
    this.#attempt(otherMarket(this.#pristine));
    const whole = this.#whole();
    if (this.findings.count > 0) return 0;

    this.#repeat(whole);
    const late = this.#attempt(sliceCandles(this.#pristine, 0, half));
    if (early !== null && late !== null) this.#compareAll('UNREPEATABLE', early, late);
    // The other one has not seen any candles: whatever the first kept of its first ones, it keeps of these.
    if (this.#fresh !== null) {
      const candles = copyOf(this.#pristine);
      const interview = new Interview(this.#fresh, this.#shorts);
      const anew = interview.askAll(interview.decider(candles, columnsOf(this.#fresh, candles)), candles, this.#first);
      this.#compareAll('UNREPEATABLE', whole.answers, anew);
    }
    if (this.findings.count > 0) return 0;

    const decided = whole.signals === null ? this.#turns(whole.answers) : turningPoints(whole.signals, this.#first);
    const points = cutPoints(decided, this.#first, this.#n - 1, mostCuts, seed);
    for (const point of points) this.#orThrown('FUTURE', point, () => this.#cutAfter(point, whole));
    this.#compareInputs(whole.candles);
    if (this.findings.count === 0) this.#live(whole);
    return points.length;
  }

  /** All answers on a copy of candles; null where the strategy throws, which the whole series then brings to light. */
  #attempt(candles: Candles): Float64Array | null {
    try {
      const copy = copyOf(candles);
      return this.#interview.askAll(this.#interview.decider(copy, columnsOf(this.#strategy, copy)), copy, this.#first);
    } catch {
      return null;
    }
  }

  /** As a backtest runs it, shared columns included. */
  #whole(): WholeRun {
    const candles = copyOf(this.#pristine);
    const columns = new ColumnCache(candles).columns(this.#strategy.indicators);
    const before = Object.entries(columns).map(([name, column]) => [name, column.slice()] as const);
    const decider = this.#interview.decider(candles, columns);
    const answers = this.#interview.askAll(decider, candles, this.#first);
    this.#compareInputs(candles);
    for (const [name, column] of before) this.#compareColumn('INPUT_CHANGED', name, column, columns[name], 0);
    return { candles, columns, answers, signals: decider.signals };
  }

  #repeat({ columns, answers }: WholeRun): void {
    const candles = copyOf(this.#pristine);
    const again = columnsOf(this.#strategy, candles, unwrittenValue);
    for (const [name, { warmUp }] of Object.entries(this.#strategy.indicators)) {
      const unwritten = again[name].indexOf(unwrittenValue, warmUp);
      if (unwritten < 0) continue;
      this.findings.add('UNWRITTEN', unwritten, { indicator: name, expected: 'a value', actual: 'nothing written' });
    }
    if (this.findings.count > 0) return;
    const second = this.#interview.askAll(this.#interview.decider(candles, again), candles, this.#first);
    for (const [name, { warmUp }] of Object.entries(this.#strategy.indicators))
      this.#compareColumn('UNREPEATABLE', name, columns[name], again[name], warmUp);
    this.#compareAll('UNREPEATABLE', answers, second);
  }

  /** The series up to `point`, and no more: indicators, signals or decisions must be those of the whole series. */
  #cutAfter(point: number, { candles, columns, answers, signals }: WholeRun): void {
    const cut = sliceCandles(candles, 0, point + 1);
    const cutColumns = columnsOf(this.#strategy, cut);
    for (const [name, column] of Object.entries(cutColumns)) {
      const at = placeOfDifference(columns[name], column, this.#strategy.indicators[name].warmUp);
      if (at >= 0) this.#columnDiffers('FUTURE', name, at, columns[name], column);
    }
    const interview = this.#interview;
    const expected = interview.row(answers, point);
    const asked = new Float64Array(interview.width);
    if (signals === null) {
      interview.ask(interview.decider(cut, cutColumns), cut, point, point, asked);
      if (interview.difference(expected, asked) === null) return;
      const inOrder = interview.row(interview.askAll(interview.decider(cut, cutColumns), cut, this.#first), point);
      this.#compare(interview.difference(expected, inOrder) === null ? 'MEMORY' : 'FUTURE', point, expected, asked);
      return;
    }
    const decider = interview.decider(cut, cutColumns);
    decider.prepare(this.#first, point + 1);
    interview.ask(decider, cut, point, point, asked);
    if (this.#compare('FUTURE', point, expected, asked)) return;
    this.#compareSignals(point, cut, signals, decider.signals ?? signals);
    const alone = (before: number): Float64Array => {
      const fresh = interview.decider(cut, cutColumns);
      fresh.signals?.fill(before);
      fresh.prepare(point, point + 1);
      const row = new Float64Array(interview.width);
      interview.ask(fresh, cut, point, point, row);
      return row;
    };
    const answer = alone(unwrittenSignal);
    if (interview.difference(expected, answer) === null) return;
    this.#compare(interview.difference(expected, alone(0)) === null ? 'UNWRITTEN' : 'MEMORY', point, expected, answer);
  }

  /** Signals before the cut: a strategy that reaches back changes them when it has seen more. */
  #compareSignals(point: number, { openTime }: Candles, expected: Uint8Array, actual: Uint8Array): void {
    for (let i = this.#first; i < Math.min(point, openTime.length); i++) {
      if (expected[i] === actual[i]) continue;
      const row = (signal: number): Float64Array => Float64Array.of(signal, Number.NaN, Number.NaN, Number.NaN, Number.NaN);
      this.#compare('FUTURE', i, row(expected[i]), row(actual[i]));
      return;
    }
  }

  /** As a bot runs it: one candle at a time, in a window that moves on. */
  #live({ columns, answers }: WholeRun): void {
    const { indicators, definition } = this.#strategy;
    const series = new CandleSeries(indicators, definition.lookBack);
    const decider = this.#interview.decider(series.candles, series.columns);
    const row = new Float64Array(this.#interview.width);
    for (let i = 0; i < this.#n; i++) {
      const goesOn = this.#orThrown('LIVE', i, () => {
        const index = series.append(candleAt(this.#pristine, i));
        for (const [name, { warmUp }] of Object.entries(indicators))
          if (i >= warmUp && !same(columns[name][i], series.columns[name][index]))
            this.#columnDiffers('LIVE', name, i, columns[name], series.columns[name], index);
        if (i < this.#first) return;
        decider.prepare(index, index + 1);
        this.#interview.ask(decider, series.candles, index, i, row);
        this.#compare('LIVE', i, this.#interview.row(answers, i), row);
      });
      if (!goesOn) return;
    }
  }

  /** Where somebody who follows these decisions from flat enters and leaves. */
  #turns(answers: Float64Array): number[] {
    const found: number[] = [];
    let asker = 0;
    for (let i = this.#first; i < this.#n; i++) {
      const decision = this.#interview.row(answers, i)[asker * 3];
      if (decision === Decision.HOLD || (decision === Decision.EXIT && asker === 0)) continue;
      found.push(i);
      asker = decision === Decision.ENTER_LONG ? 1 : decision === Decision.ENTER_SHORT && this.#interview.width > 6 ? 2 : 0;
    }
    return found;
  }

  /** A strategy that only throws where the future is missing has used it. @returns false when it threw */
  #orThrown(kind: LookAheadKind, index: number, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.findings.add(kind, index, { expected: 'an answer', actual: `it threw ${String(error).slice(0, 200)}` });
      return false;
    }
  }

  #compareInputs(candles: Candles): void {
    for (const name of columnNames) this.#compareColumn('INPUT_CHANGED', name, this.#pristine[name], candles[name], 0);
  }

  #compareColumn(kind: LookAheadKind, name: string, expected: Float64Array, actual: Float64Array, from: number): void {
    const at = actual.findIndex((value, i) => i >= from && !same(value, expected[i]));
    if (at >= 0) this.#columnDiffers(kind, name, at, expected, actual);
  }

  #columnDiffers(
    kind: LookAheadKind,
    indicator: string,
    index: number,
    expected: Float64Array,
    actual: Float64Array,
    place = index,
  ): void {
    this.findings.add(kind, index, { indicator, expected: String(expected[index]), actual: String(actual[place]) });
  }

  #compareAll(kind: LookAheadKind, expected: Float64Array, actual: Float64Array): void {
    const { width } = this.#interview;
    for (let i = this.#first; i * width < actual.length; i++)
      if (this.#compare(kind, i, this.#interview.row(expected, i), this.#interview.row(actual, i))) return;
  }

  /** @returns whether they differ */
  #compare(kind: LookAheadKind, index: number, expected: Float64Array, actual: Float64Array): boolean {
    const difference = this.#interview.difference(expected, actual);
    if (difference === null) return false;
    const [{ position, text }, { text: other }] = difference;
    this.findings.add(kind, index, { position, expected: text, actual: other });
    return true;
  }
}

const columnNames = ['openTime', 'open', 'high', 'low', 'close', 'volume'] as const;

function copyOf({ openTime, open, high, low, close, volume }: Candles): Candles {
  return {
    openTime: openTime.slice(),
    open: open.slice(),
    high: high.slice(),
    low: low.slice(),
    close: close.slice(),
    volume: volume.slice(),
  };
}

/** The same times at other prices: whoever keeps anything of it will show it on the right ones. */
function otherMarket(candles: Candles): Candles {
  const scaled = copyOf(candles);
  for (const column of [scaled.open, scaled.high, scaled.low, scaled.close, scaled.volume])
    for (let i = 0; i < column.length; i++) column[i] *= 3;
  return scaled;
}

/** The last place where two columns differ from `from` on, within the shorter; −1 when there is none. */
function placeOfDifference(expected: Float64Array, actual: Float64Array, from: number): number {
  for (let i = actual.length - 1; i >= from; i--) if (!same(expected[i], actual[i])) return i;
  return -1;
}
