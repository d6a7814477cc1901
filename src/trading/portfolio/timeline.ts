/** The moments at which any of several markets has a candle, and where each candle stands among them. */
export interface Timeline {
  /** Open times, ascending, each once. */
  readonly times: Float64Array;
  /** Per market: candle index to place in `times`. */
  readonly places: readonly Int32Array[];
}

/** Merges ascending columns of open times. */
export function mergedTimeline(columns: readonly Float64Array[]): Timeline {
  const times = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
  const places = columns.map((column) => new Int32Array(column.length));
  const next = columns.map(() => 0);
  let count = 0;
  for (;;) {
    let time = Infinity;
    columns.forEach((column, market) => {
      if (next[market] < column.length && column[next[market]] < time) time = column[next[market]];
    });
    if (time === Infinity) return { times: times.slice(0, count), places };
    columns.forEach((column, market) => {
      if (next[market] < column.length && column[next[market]] === time) places[market][next[market]++] = count;
    });
    times[count++] = time;
  }
}
