import { ParameterError, shown } from '../../../trading/errors.ts';
import type { Indicator } from '../../../trading/indicators/indicator.ts';
import {
  type Decide,
  Decision,
  type DecisionLevels,
  type StrategyContext,
  type StrategyDefinition,
} from '../../../trading/strategy.ts';
import { PluginError } from './plugin-error.ts';
import { checkIndicators, ShapeError } from './shape.ts';
import { isOurs } from './toolkit.ts';

/**
 * A plugin's definition behind a fence: whatever it throws becomes an error that names its file, and what it answers is looked at
 * before anybody trades by it. A ParameterError about parameters is the user's to mend and passes.
 */
export function guarded(definition: StrategyDefinition, file: string): StrategyDefinition {
  const { name, description, parameters, check, lookBack, reverses, signals, levels, decide } = definition;
  const guard = new Guard(file);
  return {
    name,
    description,
    parameters,
    lookBack,
    ...(reverses === undefined ? {} : { reverses }),
    ...(check === undefined ? {} : { check: (values, path) => guard.call('check', () => check(values, path), true) }),
    indicators: (values, shorts) => guard.call('indicators', () => guard.indicators(definition.indicators(values, shorts)), true),
    ...(signals === undefined ? {} : { signals: (context) => guard.signals(signals, context) }),
    ...(levels === undefined ? {} : { levels: (context) => guard.levels(levels, context) }),
    ...(decide === undefined ? {} : { decide: (context) => guard.decide(decide, context) }),
  };
}

type Part<K extends keyof StrategyDefinition> = NonNullable<StrategyDefinition[K]>;

class Guard {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  call<T>(where: string, work: () => T, aboutParameters = false): T {
    try {
      return work();
    } catch (error) {
      throw this.#error(where, error, aboutParameters);
    }
  }

  #error(where: string, error: unknown, aboutParameters = false): Error {
    try {
      if (error instanceof PluginError || (aboutParameters && error instanceof ParameterError)) return error;
      if (error instanceof ShapeError) return new PluginError(this.#file, error.message, error);
      return PluginError.thrownIn(this.#file, where, error);
    } catch {
      // Not even what it is can be asked.
      return new PluginError(this.#file, `failed in ${where}: it threw something that cannot be looked at`);
    }
  }

  #function<F>(made: F, where: string): F {
    if (typeof made !== 'function')
      throw new PluginError(this.#file, `must answer with a function from ${where}, not ${shown(made)}`);
    return made;
  }

  indicators(made: Readonly<Record<string, Indicator>>): Readonly<Record<string, Indicator>> {
    checkIndicators(made);
    const indicators = made as Readonly<Record<string, Indicator>>;
    return Object.fromEntries(
      Object.entries(indicators).map(([name, indicator]) => [
        name,
        isOurs(indicator) ? indicator : this.#indicator(name, indicator),
      ]),
    );
  }

  #indicator(name: string, indicator: Indicator): Indicator {
    const where = `indicator "${name}"`;
    return {
      key: indicator.key,
      warmUp: indicator.warmUp,
      batch: (candles, out) => this.call(where, () => indicator.batch(candles, out)),
      stream: () => {
        const stream = this.call(where, () => indicator.stream());
        return { next: (candles, index) => this.call(where, () => stream.next(candles, index)) };
      },
    };
  }

  signals(signals: Part<'signals'>, context: StrategyContext): ReturnType<Part<'signals'>> {
    const write = this.#function(
      this.call('signals', () => signals(context)),
      'signals',
    );
    return (from, to, out) => this.call('signals', () => write(from, to, out));
  }

  levels(levels: Part<'levels'>, context: StrategyContext): ReturnType<Part<'levels'>> {
    const set = this.#function(
      this.call('levels', () => levels(context)),
      'levels',
    );
    return (index, side, asked) => {
      this.call('levels', () => set(index, side, asked));
      this.#checkLevels(asked);
    };
  }

  decide(decide: Part<'decide'>, context: StrategyContext): Decide {
    const choose = this.#function(
      this.call('decide', () => decide(context)),
      'decide',
    );
    // Asked once per candle: no function is made for each.
    return (index, position, levels) => {
      let decision: Decision;
      try {
        decision = choose(index, position, levels);
      } catch (error) {
        throw this.#error('decide', error);
      }
      if (decision !== Decision.HOLD && !allDecisions.includes(decision))
        throw new PluginError(this.#file, `decided ${shown(decision)}, which is none of ${Object.keys(Decision).join(', ')}`);
      this.#checkLevels(levels);
      return decision;
    };
  }

  #checkLevels({ stop, target }: DecisionLevels): void {
    if (typeof stop === 'number' && typeof target === 'number') return;
    throw new PluginError(
      this.#file,
      `asked for the stop ${shown(stop)} and the target ${shown(target)}; both must be numbers, NaN for none`,
    );
  }
}

const allDecisions: readonly unknown[] = Object.values(Decision);
