/** What a caller may show or branch on beside the sentence. */
export interface ParameterErrorDetails {
  /** The value that was refused, when it is short enough to repeat. */
  readonly value?: unknown;
  /** The bound it broke, or the values that are allowed. */
  readonly limit?: unknown;
}

/**
 * Bad input to the core. The message is a sentence naming the thing, the limit and the value; `path` leads to the input,
 * as in `['parameters', 'emaFast']`. Thrown before anything has run.
 */
export class ParameterError extends Error {
  readonly path: readonly string[];
  readonly details: ParameterErrorDetails;

  constructor(message: string, path: readonly string[], details: ParameterErrorDetails = {}) {
    super(message);
    this.name = 'ParameterError';
    this.path = path;
    this.details = details;
  }
}

/** A run that its caller stopped: `onProgress` answered false. */
export class CanceledError extends Error {
  /** Share of the work that was done, 0 to 1. */
  readonly fraction: number;

  constructor(fraction: number) {
    super(`canceled after ${(fraction * 100).toFixed(1)} % of the candles`);
    this.name = 'CanceledError';
    this.fraction = fraction;
  }
}

/** A value as it may stand in a message: short, and never an exception of its own. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (typeof value === 'bigint') return `${value.toString().slice(0, 40)}n`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
