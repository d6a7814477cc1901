import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candles } from '../../src/trading/candle.ts';
import { ema } from '../../src/trading/indicators/ema.ts';
import type { Indicator } from '../../src/trading/indicators/indicator.ts';
import { sma } from '../../src/trading/indicators/sma.ts';
import { lookAheadReport, type LookAheadOptions, type LookAheadReport } from '../../src/trading/look-ahead.ts';
import { cutPoints } from '../../src/trading/look-ahead/cut-points.ts';
import { builtInStrategies } from '../../src/trading/strategies/index.ts';
import {
  bindStrategy,
  Decision,
  defineStrategy,
  Signal,
  type StrategyContext,
  type StrategyDefinition,
} from '../../src/trading/strategy.ts';
import { closesOf, hour, start } from './support/builders.ts';
import { randomCandles } from './support/random-candles.ts';
import { sharedCandles, sharedMissing, whyMissing } from './support/shared-data.ts';

/** Waves of several lengths, so that averages cross often. */
const waves = closesOf(
  Array.from({ length: 3_000 }, (_, i) => 100 + 12 * Math.sin(i / 23) + 5 * Math.sin(i / 5.7) + 2 * Math.cos(i * 1.3)),
);

function check(definition: StrategyDefinition, options: LookAheadOptions = {}, candles: Candles = waves): LookAheadReport {
  return lookAheadReport(bindStrategy(definition, {}), candles, options);
}

/** A strategy of signals that says at each candle what `signalAt` makes of it. */
function signalling(
  make: (context: StrategyContext) => (index: number) => number,
  indicators: Readonly<Record<string, Indicator>> = {},
): StrategyDefinition {
  return defineStrategy({
    name: 'tested',
    description: 'A test.',
    parameters: {},
    indicators: () => indicators,
    lookBack: 1,
    signals(context) {
      const signalAt = make(context);
      return (from, to, out) => {
        for (let i = from; i < to; i++) out[i] = signalAt(i);
      };
    },
  });
}

/** A strategy of decisions; honest unless `extra` says otherwise. */
function deciding(decide: NonNullable<StrategyDefinition['decide']>): StrategyDefinition {
  return defineStrategy({
    name: 'tested',
    description: 'A test.',
    parameters: {},
    indicators: () => ({ slow: sma(20) }),
    lookBack: 1,
    decide,
  });
}

const longIf = (wanted: boolean): number => (wanted ? Signal.ENTER_LONG : Signal.EXIT_LONG);

/** The mean of the two values before, this one and the two after. */
const centred: Indicator = {
  key: 'CENTRED(5)',
  warmUp: 2,
  batch({ close }, out) {
    for (let i = 0; i < out.length; i++)
      out[i] = (close[i - 2] + close[i - 1] + close[i] + (close[i + 1] ?? 0) + (close[i + 2] ?? 0)) / 5;
  },
  stream: () => ({ next: ({ close }, i) => close[i] }),
};

/** The close in percent of the highest close of the whole series. */
const normalised: Indicator = {
  key: 'NORMALISED',
  warmUp: 0,
  batch({ close }, out) {
    const top = Math.max(...close);
    close.forEach((value, i) => (out[i] = (value / top) * 100));
  },
  stream() {
    let top = 0;
    return {
      next({ close }, i) {
        top = Math.max(top, close[i]);
        return (close[i] / top) * 100;
      },
    };
  },
};

describe('a strategy that passes', () => {
  it.each(builtInStrategies.map((strategy) => [strategy.name, strategy] as const))(
    '%s, on futures and spot',
    (_name, strategy) => {
      for (const shorts of [true, false]) {
        const report = check(strategy, { shorts });
        expect(report.differences).toEqual([]);
        expect(report).toMatchObject({ passed: true, given: 3_000, candles: 3_000, differenceCount: 0 });
        expect(report.cutPoints).toBeGreaterThan(200);
        expect(report.cutPoints).toBeLessThanOrEqual(250);
      }
    },
  );

  it.each(builtInStrategies.map((strategy) => [strategy.name, strategy] as const))('%s, on any candles', (_name, strategy) => {
    const least = bindStrategy(strategy, {}).firstDecision + 30;
    fc.assert(
      fc.property(randomCandles({ minLength: least, maxLength: least + 200 }), (candles) => {
        expect(check(strategy, { maxCutPoints: 20 }, candles).differences).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it.skipIf(sharedMissing)(`each built-in on years of real hours${whyMissing}`, () => {
    const candles = sharedCandles('BTCUSDT-1h');
    for (const strategy of builtInStrategies) expect(check(strategy, {}, candles).differences).toEqual([]);
  });

  it('decides by its position and asks for levels', () => {
    const definition = deciding(({ candles: { close }, columns: { slow } }) => (i, position, levels) => {
      if (position.side === 0) {
        levels.stop = slow[i] * 0.97;
        if (close[i] > slow[i] && close[i - 1] <= slow[i - 1]) return Decision.ENTER_LONG;
        return close[i] < slow[i] * 0.95 ? Decision.ENTER_SHORT : Decision.HOLD;
      }
      return position.candles > 10 || close[i] > position.entryPrice * 1.02 ? Decision.EXIT : Decision.HOLD;
    });
    expect(check(definition)).toMatchObject({ passed: true, differences: [] });
  });

  it('asks for levels beside its signals, and has an indicator of its own', () => {
    const range: Indicator = {
      key: 'RANGE',
      warmUp: 0,
      batch: ({ high, low }, out) => out.forEach((_, i) => (out[i] = high[i] - low[i])),
      stream: () => ({ next: ({ high, low }, i) => high[i] - low[i] }),
    };
    const definition: StrategyDefinition = {
      ...signalling(
        ({ candles: { close } }) =>
          (i) =>
            longIf(close[i] > close[i - 1]),
        { range },
      ),
      levels:
        ({ candles: { close }, columns }) =>
        (i, side, levels) => {
          levels.stop = close[i] - 2 * side * columns['range'][i];
        },
    };
    expect(check(definition)).toMatchObject({ passed: true, differences: [] });
  });
});

let runs = 0;
let highest = 0;
let calls = 0;

type Biased = readonly [what: string, kind: string, definition: StrategyDefinition, indicator?: string];
const biased: readonly Biased[] = [
  [
    'reads the next close',
    'FUTURE',
    signalling(
      ({ candles: { close } }) =>
        (i) =>
          longIf(close[i + 1] > close[i]),
    ),
  ],
  [
    'reads the next close on rare occasions',
    'FUTURE',
    signalling(
      ({ candles: { close } }) =>
        (i) =>
          close[i + 1] > 118 && close[i] <= 118 ? Signal.ENTER_LONG : 0,
    ),
  ],
  [
    'reads the next low for its stop only',
    'FUTURE',
    {
      ...signalling(
        ({ candles: { close } }) =>
          (i) =>
            longIf(close[i] > close[i - 1]),
      ),
      levels:
        ({ candles: { low } }) =>
        (i, _side, levels) => {
          levels.stop = low[i + 1];
        },
    },
  ],
  [
    'normalises by the highest value of the whole column',
    'FUTURE',
    signalling(({ candles: { close } }) => {
      const top = Math.max(...close);
      return (i) => longIf(close[i] / top > 0.9);
    }),
  ],
  [
    'has an indicator that is normalised over the whole series',
    'FUTURE',
    signalling(
      ({ columns }) =>
        (i) =>
          longIf(columns['share'][i] > 90),
      { share: normalised },
    ),
    'share',
  ],
  [
    'has a centred moving average',
    'FUTURE',
    signalling(
      ({ columns, candles: { close } }) =>
        (i) =>
          longIf(columns['middle'][i] > close[i]),
      { middle: centred },
    ),
    'middle',
  ],
  [
    'counts how many candles there are',
    'FUTURE',
    signalling(
      ({ candles: { close } }) =>
        (i) =>
          longIf(i < close.length - 1),
    ),
  ],
  [
    'counts from the end',
    'FUTURE',
    signalling(
      ({ candles: { close } }) =>
        (i) =>
          i === close.length - 500 ? Signal.ENTER_LONG : 0,
    ),
  ],
  [
    'writes the signal of the candle before',
    'FUTURE',
    {
      ...signalling(() => () => 0),
      signals:
        ({ candles: { close } }) =>
        (from, to, out) => {
          for (let i = from; i < to; i++) {
            out[i] = 0;
            if (i > from && close[i] > close[i - 1] * 1.02) out[i - 1] = Signal.ENTER_LONG;
          }
        },
    },
  ],
  [
    'fails where there is no next candle',
    'FUTURE',
    signalling(
      ({ candles: { close } }) =>
        (i) =>
          longIf(i % 900 === 0 || (close.at(i + 1) ?? Number.NaN).toFixed(2) !== 'NaN'),
    ),
  ],
  [
    'decides with the next close, but only while it is short',
    'FUTURE',
    deciding(
      ({ candles: { close } }) =>
        (i, { side }) =>
          side < 0 && close[i + 1] > close[i] ? Decision.EXIT : Decision.HOLD,
    ),
  ],
  [
    'remembers the candle that it was asked about before',
    'MEMORY',
    signalling(() => {
      let last = -1;
      return (i) => {
        const inTurn = last === i - 1;
        last = i;
        return longIf(inTurn);
      };
    }),
  ],
  [
    'trails a stop in a variable of its own',
    'MEMORY',
    deciding(({ candles: { close } }) => {
      let top = 0;
      return (i, { side }) => {
        if (side === 0) return Decision.ENTER_LONG;
        top = Math.max(top, close[i]);
        return close[i] < top * 0.9 ? Decision.EXIT : Decision.HOLD;
      };
    }),
  ],
  [
    'writes only those signals that say something',
    'UNWRITTEN',
    {
      ...signalling(() => () => 0),
      signals:
        ({ candles: { close } }) =>
        (from, to, out) => {
          for (let i = from; i < to; i++) if (close[i] > 110) out[i] = Signal.ENTER_LONG;
        },
    },
  ],
  [
    'has an indicator that leaves values out',
    'UNWRITTEN',
    signalling(
      ({ columns }) =>
        (i) =>
          longIf(columns['odd'][i] > 100),
      {
        odd: {
          key: 'ODD',
          warmUp: 1,
          batch: ({ close }, out) => {
            for (let i = 1; i < out.length; i += 2) out[i] = close[i];
          },
          stream: () => ({ next: ({ close }, i) => close[i] }),
        },
      },
    ),
    'odd',
  ],
  [
    'draws a column by lot that nobody decides by',
    'UNREPEATABLE',
    signalling(() => (i) => longIf(i % 2 === 0), {
      lot: {
        key: 'LOT',
        warmUp: 0,
        batch: (_candles, out) => out.forEach((_value, i) => (out[i] = Math.random())),
        stream: () => ({ next: () => Math.random() }),
      },
    }),
    'lot',
  ],
  ['rolls dice', 'UNREPEATABLE', signalling(() => () => longIf(Math.random() > 0.5))],
  [
    'counts its runs',
    'UNREPEATABLE',
    signalling(() => {
      runs += 1;
      const even = runs % 2 === 0;
      return (i) => longIf(even === (i % 2 === 0));
    }),
  ],
  [
    'remembers the highest price of earlier runs',
    'UNREPEATABLE',
    signalling(({ candles: { close } }) => {
      highest = Math.max(highest, ...close);
      return (i) => longIf(close[i] > highest * 0.8);
    }),
  ],
  [
    'decides by a counter outside',
    'UNREPEATABLE',
    deciding(() => () => (calls++ % 7 === 0 ? Decision.ENTER_LONG : Decision.HOLD)),
  ],
  [
    'smooths the closes where they stand',
    'INPUT_CHANGED',
    signalling(({ candles: { close } }) => (i) => {
      close[i] = (close[i] + close[i - 1]) / 2;
      return longIf(close[i] > 100);
    }),
    'close',
  ],
  [
    'writes into an indicator',
    'INPUT_CHANGED',
    signalling(
      ({ columns: { fast } }) =>
        (i) =>
          longIf((fast[i] -= 1) > 100),
      { fast: ema(5) },
    ),
    'fast',
  ],
  [
    'has an indicator whose stream is not its batch',
    'LIVE',
    signalling(
      ({ columns }) =>
        (i) =>
          longIf(columns['two'][i] > 100),
      {
        two: { ...sma(3), key: 'TWO', stream: () => ({ next: ({ close }, i) => close[i] }) },
      },
    ),
    'two',
  ],
  [
    'has two indicators with one key',
    'LIVE',
    signalling(
      ({ columns: { fast, slow } }) =>
        (i) =>
          longIf(fast[i] > slow[i]),
      {
        fast: { ...sma(3), key: 'MINE' },
        slow: { ...sma(30), key: 'MINE' },
      },
    ),
    'fast',
  ],
  ['takes a place in the columns for a moment', 'LIVE', signalling(() => (i) => longIf(i % 24 < 12))],
];

describe('a strategy is caught that', () => {
  const cases = biased.map(([what, kind, definition, indicator]) => ({ what, kind, definition, indicator }));
  it.each(cases)('$what: $kind', ({ kind, definition, indicator }) => {
    const report = check(definition);
    expect(report.passed).toBe(false);
    expect(new Set(report.differences.map((difference) => difference.kind))).toEqual(new Set([kind]));
    if (indicator !== undefined) expect(report.differences.map((difference) => difference.indicator)).toContain(indicator);
    for (const { index, openTime, expected, actual } of report.differences) {
      expect(openTime).toBe(start + index * hour);
      expect(actual).not.toBe(expected);
    }
  });
});

describe('a strategy from a module', () => {
  // Rising, so that the first half of the candles has another maximum than all of them.
  const rising = closesOf(Array.from({ length: 600 }, (_, i) => 100 + i + 30 * Math.sin(i / 5)));
  const load = (keeps: boolean): StrategyDefinition => {
    let top: number | undefined;
    return signalling(({ candles: { close } }) => {
      if (keeps) top ??= Math.max(...close);
      return (i) => longIf(close[i] > (top ?? 200) * 0.9);
    });
  };

  it('that keeps something of the first candles it ever saw is caught by a second one', () => {
    const keeping = check(load(true), { fresh: bindStrategy(load(true), {}) }, rising);
    expect(keeping.differences.map(({ kind }) => kind)).toEqual(['UNREPEATABLE']);
    expect(check(load(false), { fresh: bindStrategy(load(false), {}) }, rising).passed).toBe(true);
  });
});

describe('a report', () => {
  it('says what was decided with and without the future, and in which position', () => {
    const definition = deciding(({ candles: { close } }) => (i, { side }, levels) => {
      levels.stop = 90;
      return side === 0 && close[i + 1] > close[i] ? Decision.ENTER_LONG : Decision.HOLD;
    });
    expect(check(definition).differences[0]).toMatchObject({
      kind: 'FUTURE',
      position: 'FLAT',
      indicator: null,
      expected: 'ENTER_LONG stop 90',
      actual: 'HOLD',
    });
    const signals = check(
      signalling(
        ({ candles: { close } }) =>
          (i) =>
            close[i + 1] > close[i] ? Signal.ENTER_LONG : 0,
      ),
    );
    expect(signals.differences[0]).toMatchObject({ position: null, expected: 'ENTER_LONG', actual: 'NONE' });
  });

  it('names the indicator with its two values', () => {
    const [, , definition] = biased.find(([what]) => what.includes('centred')) ?? biased[0];
    const [{ indicator, expected, actual, index }] = check(definition).differences;
    const { close } = waves;
    expect(indicator).toBe('middle');
    expect(Number(expected)).toBeCloseTo(
      (close[index - 2] + close[index - 1] + close[index] + close[index + 1] + close[index + 2]) / 5,
    );
    expect(Number(actual)).toBeLessThan(Number(expected));
  });

  it('keeps the first few differences and counts them all', () => {
    const { differences, differenceCount } = check(
      signalling(
        ({ candles: { close } }) =>
          (i) =>
            longIf(close[i + 1] > close[i]),
      ),
    );
    expect(differences).toHaveLength(5);
    expect(differenceCount).toBeGreaterThan(50);
    expect(differences.map(({ index }) => index)).toEqual(differences.map(({ index }) => index).sort((a, b) => a - b));
  });

  it('is the same every time', () => {
    const definition = signalling(
      ({ candles: { close } }) =>
        (i) =>
          longIf(close[i + 1] > close[i]),
    );
    expect(check(definition)).toEqual(check(definition));
    expect(check(definition, { seed: 2 })).not.toEqual(check(definition));
  });

  it('says how much was checked where candles times cut points are too many', () => {
    const [emaRsi] = builtInStrategies;
    expect(check(emaRsi, { maxCandles: 1_000 })).toMatchObject({
      given: 3_000,
      candles: 1_000,
      from: start + 2_000 * hour,
      to: start + 2_999 * hour,
      decisions: 1_000 - 21,
    });
    expect(check(emaRsi, { maxVisits: 30_000 }).cutPoints).toBe(10);
    expect(check(emaRsi, { maxCutPoints: 7 }).cutPoints).toBe(7);
  });

  it('leaves the candles as they were', () => {
    const before = waves.close.slice();
    check(
      signalling(
        ({ candles: { close } }) =>
          (i) =>
            (close[i] *= 2),
      ),
    );
    expect(waves.close).toEqual(before);
  });

  it.each([
    [22, /first decides at candle 22: the check needs at least 23 candles, not 22/],
    [0, /not 0/],
  ])('is refused on %i candles', (length, message) => {
    const few = closesOf(Array.from({ length }, (_, i) => 100 + i));
    expect(() => check(builtInStrategies[0], {}, few)).toThrow(message);
  });

  it('is about the smallest series there is', () => {
    const few = closesOf(Array.from({ length: 23 }, (_, i) => 100 + i));
    expect(check(builtInStrategies[0], {}, few)).toMatchObject({ passed: true, decisions: 2, cutPoints: 1 });
  });

  it('is not made when the strategy fails on the whole series', () => {
    const failing = signalling(() => () => {
      throw new TypeError('no such thing');
    });
    expect(() => check(failing)).toThrow('no such thing');
  });
});

describe('the cut points', () => {
  it('are all there are when they are few', () => {
    expect(cutPoints([], 5, 9, 10, 1)).toEqual([5, 6, 7, 8]);
  });

  it('are within bounds, in order, each once, at most as many as asked for, all over the series and around what is decided', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer(),
        fc.array(fc.integer({ min: 0, max: 5_500 }), { maxLength: 2_000 }),
        (first, length, most, seed, decided) => {
          const end = first + length;
          const points = cutPoints(
            decided.filter((i) => i >= first && i < end),
            first,
            end,
            most,
            seed,
          );
          expect(points.length).toBeLessThanOrEqual(most);
          expect(points.length).toBeGreaterThan(0);
          expect(points.every((point, i) => point >= first && point < end && (i === 0 || point > points[i - 1]))).toBe(true);
        },
      ),
    );
    for (const seed of [1, 2, 3]) {
      const stretches = cutPoints([], 50, 1_050, 10, seed).map((point) => Math.floor((point - 50) / 100));
      expect(stretches).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    const points = cutPoints([700], 0, 1_000, 60, 1);
    expect(points).toEqual(expect.arrayContaining([699, 700, 701]));
  });
});
