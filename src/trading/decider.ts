import {
  type Decide,
  Decision,
  type DecisionLevels,
  type PositionView,
  Signal,
  type StrategyContext,
  type StrategyDefinition,
  type WriteSignals,
} from './strategy.ts';

/** A strategy at work on columns: asked once per closed candle. */
export interface Decider {
  /** Makes the decisions from `from` up to `to` ready to be asked for. */
  prepare(from: number, to: number): void;
  /** What is wanted at candle `index`, which is prepared. */
  decision(index: number, position: PositionView): Decision;
  /** Fills in the prices that an entry at `index` asks for. */
  levels(index: number, side: 1 | -1, levels: DecisionLevels): void;
  /** One byte of signals per candle, where the strategy works that way. */
  readonly signals: Uint8Array | null;
  /** The same bytes by four, the last of them filled up with zeros. */
  readonly words: Int32Array | null;
  /** Bits that matter to a position of this side; null as `signals` is. */
  mask(side: 1 | 0 | -1): number;
}

class SignalDecider implements Decider {
  readonly signals: Uint8Array;
  readonly words: Int32Array;
  readonly #write: WriteSignals;
  readonly #reverses: boolean;
  readonly #levels: ((index: number, side: 1 | -1, levels: DecisionLevels) => void) | null;

  constructor(definition: StrategyDefinition, context: StrategyContext, write: WriteSignals) {
    const candles = context.candles.openTime.length;
    this.words = new Int32Array(Math.ceil(candles / 4));
    this.signals = new Uint8Array(this.words.buffer, 0, candles);
    this.#write = write;
    this.#reverses = definition.reverses ?? false;
    this.#levels = definition.levels?.(context) ?? null;
  }

  prepare(from: number, to: number): void {
    this.#write(from, to, this.signals);
  }

  mask(side: 1 | 0 | -1): number {
    if (side === 0) return Signal.ENTER_LONG | Signal.ENTER_SHORT;
    if (side > 0) return Signal.EXIT_LONG | (this.#reverses ? Signal.ENTER_SHORT : 0);
    return Signal.EXIT_SHORT | (this.#reverses ? Signal.ENTER_LONG : 0);
  }

  decision(index: number, { side }: PositionView): Decision {
    const signal = this.signals[index] & this.mask(side);
    if (signal === 0) return Decision.HOLD;
    if ((signal & Signal.ENTER_LONG) !== 0) return Decision.ENTER_LONG;
    return (signal & Signal.ENTER_SHORT) !== 0 ? Decision.ENTER_SHORT : Decision.EXIT;
  }

  levels(index: number, side: 1 | -1, levels: DecisionLevels): void {
    levels.stop = Number.NaN;
    levels.target = Number.NaN;
    if (this.#levels !== null) this.#levels(index, side, levels);
  }
}

class CandleDecider implements Decider {
  readonly signals = null;
  readonly words = null;
  readonly #decide: Decide;
  readonly #asked: DecisionLevels = { stop: Number.NaN, target: Number.NaN };

  constructor(decide: Decide) {
    this.#decide = decide;
  }

  prepare(): void {}

  mask(): number {
    return 0;
  }

  decision(index: number, position: PositionView): Decision {
    this.#asked.stop = Number.NaN;
    this.#asked.target = Number.NaN;
    return this.#decide(index, position, this.#asked);
  }

  levels(_index: number, _side: 1 | -1, levels: DecisionLevels): void {
    levels.stop = this.#asked.stop;
    levels.target = this.#asked.target;
  }
}

/** Puts a strategy to work on columns. */
export function deciderOf(definition: StrategyDefinition, context: StrategyContext): Decider {
  const write = definition.signals?.(context);
  if (write !== undefined) return new SignalDecider(definition, context, write);
  const decide = definition.decide?.(context);
  if (decide === undefined) throw new RangeError(`strategy "${definition.name}" has neither signals nor decide`);
  return new CandleDecider(decide);
}
