import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../src/trading/errors.ts';
import { parameterSchema, readParameters } from '../../src/trading/parameters.ts';

const declarations = {
  period: { type: 'INTEGER', description: 'A period.', default: 14, min: 2, max: 100, step: 1 },
  level: { type: 'NUMBER', description: 'A level.', default: null, min: 0, max: 1, step: 0.1, nullable: true, aboveMin: true },
  strict: { type: 'BOOLEAN', description: 'A switch.', default: false },
  source: { type: 'CHOICE', description: 'A column.', values: ['open', 'close'], default: 'close' },
} as const;

const read = (input: unknown): unknown =>
  readParameters(declarations, input as Record<string, unknown>, 'strategy "test"', ['input', 'parameters']);

function failure(input: unknown): ParameterError {
  try {
    read(input);
  } catch (error) {
    if (error instanceof ParameterError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parameters', () => {
  it('take their defaults where nothing is given', () => {
    const defaults = { period: 14, level: null, strict: false, source: 'close' };
    expect([read({}), read(undefined), read(null), read({ period: undefined })]).toEqual([
      defaults,
      defaults,
      defaults,
      defaults,
    ]);
  });

  it.each([
    [{ period: 2 }, { period: 2 }],
    [{ period: 100 }, { period: 100 }],
    [
      { level: 1, strict: true, source: 'open' },
      { level: 1, strict: true, source: 'open' },
    ],
    [{ level: null }, { level: null }],
  ])('take %j', (input, expected) => {
    expect(read(input)).toMatchObject(expected);
  });

  it.each<readonly [unknown, string, string]>([
    [{ period: 1 }, 'period', 'period 1 of strategy "test" must be at least 2'],
    [{ period: 101 }, 'period', 'period 101 of strategy "test" exceeds its limit 100'],
    [{ period: 2.5 }, 'period', 'period of strategy "test" must be a whole number, not 2.5'],
    [{ period: '14' }, 'period', 'period of strategy "test" must be a number, not "14"'],
    [{ period: null }, 'period', 'period of strategy "test" must be a number, not null'],
    [{ period: Number.NaN }, 'period', 'period of strategy "test" must be a number, not NaN'],
    [{ period: Infinity }, 'period', 'period of strategy "test" must be a number, not Infinity'],
    [{ period: -1e308 }, 'period', 'period -1e+308 of strategy "test" must be at least 2'],
    [{ level: 0 }, 'level', 'level 0 of strategy "test" must be above 0'],
    [{ level: {} }, 'level', 'level of strategy "test" must be a number or null, not a value of type object'],
    [{ strict: 1 }, 'strict', 'strict of strategy "test" must be true or false, not 1'],
    [{ source: 'high' }, 'source', 'source of strategy "test" must be one of open, close, not "high"'],
    [{ source: ['open'] }, 'source', 'source of strategy "test" must be one of open, close, not a list'],
    [{ peroid: 3 }, 'peroid', 'strategy "test" has no parameter "peroid"; it has period, level, strict, source'],
    [
      JSON.parse('{"__proto__": 1}'),
      '__proto__',
      'strategy "test" has no parameter "__proto__"; it has period, level, strict, source',
    ],
    [{ constructor: 1 }, 'constructor', 'strategy "test" has no parameter "constructor"; it has period, level, strict, source'],
  ])('%j is refused with its path and a sentence', (input, name, message) => {
    const error = failure(input);
    expect([error.path, error.message]).toEqual([['input', 'parameters', name], message]);
  });

  it.each([[[1, 2]], ['text'], [7]])('%j in place of an object is refused', (input) => {
    expect(failure(input).path).toEqual(['input', 'parameters']);
  });

  it('does not repeat a value of any length in its message', () => {
    expect(failure({ source: 'x'.repeat(1e6) }).message.length).toBeLessThan(150);
    expect(failure({ ['x'.repeat(1e6)]: 1 }).path[2]?.length).toBeLessThanOrEqual(60);
  });

  it('publish themselves as a JSON Schema', () => {
    expect(parameterSchema(declarations)).toEqual({
      type: 'object',
      properties: {
        period: { type: 'integer', description: 'A period.', default: 14, minimum: 2, maximum: 100, step: 1 },
        level: { type: ['number', 'null'], description: 'A level.', default: null, exclusiveMinimum: 0, maximum: 1, step: 0.1 },
        strict: { type: 'boolean', description: 'A switch.', default: false },
        source: { type: 'string', description: 'A column.', default: 'close', enum: ['open', 'close'] },
      },
      additionalProperties: false,
    });
  });
});
