import type { StoredDifference } from '../../entities/operations/ReconciliationRun.ts';

/** Ledger, session and exchange do not agree, and nothing here may decide which is right; the message says what a person can do. */
export class ReconciliationError extends Error {
  override readonly name = 'ReconciliationError';
  readonly differences: readonly StoredDifference[];

  constructor(message: string, differences: readonly StoredDifference[] = []) {
    super(message);
    this.differences = differences;
  }
}
