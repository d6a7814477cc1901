/** Columns that may be reused, at most this many: a strategy rarely has more indicators. */
const limit = 8;
let spare: WeakRef<Float64Array>[] = [];

/** A column of this length; its values are whatever was left there. */
export function takeColumn(length: number): Float64Array {
  for (let i = spare.length - 1; i >= 0; i--) {
    const column = spare[i].deref();
    if (column !== undefined && column.length !== length) continue;
    spare.splice(i, 1);
    if (column !== undefined) return column;
  }
  return new Float64Array(length);
}

/**
 * Hands a column back that nobody reads any more. The next run of the same length need not ask for fresh memory, which costs as much
 * as computing an EMA on it. Weakly held: under memory pressure the columns go.
 */
export function giveBack(columns: Iterable<Float64Array>): void {
  spare = [...spare, ...Array.from(columns, (column) => new WeakRef(column))].slice(-limit);
}
