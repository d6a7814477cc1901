import { describe, expect, it } from 'vitest';
import { count, moment, number, percent, priceDecimals, table } from '../../src/cli/format.ts';
import { ProgressLine } from '../../src/cli/progress-line.ts';
import { closest, editDistance } from '../../src/cli/suggest.ts';

describe('suggestions', () => {
  it.each([
    ['emaFst', 'emaFast', 1],
    ['emaFsat', 'emaFast', 1],
    ['', 'abc', 3],
    ['same', 'same', 0],
    ['kitten', 'sitting', 3],
  ])('%s is away from %s by %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it.each([
    ['next_opn', 'NEXT_OPEN'],
    ['OPTIMISTIC', undefined],
    ['x', undefined],
  ])('for %s: %s', (given, expected) => {
    expect(closest(given, ['NEXT_OPEN', 'SIGNAL_CLOSE', 'PESSIMISTIC_PATH'])).toBe(expected);
  });
});

describe('numbers for people', () => {
  it('are grouped, rounded, and never minus zero', () => {
    expect([number(1234567.891), number(-0.001), percent(12.5), percent(null)]).toEqual(['1,234,567.89', '0.00', '12.50 %', '–']);
    expect([count(1, 'trade'), count(7090, 'candle')]).toEqual(['1 trade', '7,090 candles']);
  });

  it('show prices to six digits', () => {
    expect([66_448.08, 1.0716, 0.0984, 0.0000123, 0].map(priceDecimals)).toEqual([2, 5, 7, 10, 2]);
  });

  it('show seconds only where there are any', () => {
    expect(moment(Date.UTC(2024, 2, 1, 5))).toBe('2024-03-01 05:00');
    expect(moment(Date.UTC(2024, 2, 1, 5, 0, 7))).toBe('2024-03-01 05:00:07');
  });

  it('line up in a table', () => {
    expect(
      table(
        ['<Name', 'Value'],
        [
          ['a', '1.00'],
          ['long', '10.00'],
        ],
      ),
    ).toBe('  Name  Value\n  a      1.00\n  long  10.00');
  });
});

describe('progress', () => {
  const watch = (isInteractive: boolean) => {
    let now = 0;
    let err = '';
    const line = new ProgressLine({ out: () => {}, err: (text) => void (err += text), isInteractive }, () => now);
    const at = (ms: number, fraction: number): void => {
      now = ms;
      line.show('Running', fraction);
    };
    return { line, at, written: () => err };
  };

  it('is a bar that is drawn over on a terminal, and taken away at the end', () => {
    const { line, at, written } = watch(true);
    at(100, 0.25);
    at(110, 0.3);
    at(200, 0.5);
    line.clear();
    expect(written()).toBe(
      `\rRunning          ${'█'.repeat(7)}${'░'.repeat(21)}  25 %\rRunning          ${'█'.repeat(14)}${'░'.repeat(14)}  50 %\r\x1b[2K`,
    );
  });

  it('is now and then a plain line elsewhere', () => {
    const { line, at, written } = watch(false);
    for (let ms = 100; ms <= 4_500; ms += 100) at(ms, ms / 5_000);
    line.clear();
    expect(written()).toBe('Running  40 %\nRunning  80 %\n');
  });

  it('is nothing for what is quick', () => {
    const { line, at, written } = watch(true);
    at(10, 0.5);
    line.clear();
    expect(written()).toBe('');
  });
});
