/** How often a stored series has changed; see the entity `CandleRevision`. */
export interface Revision {
  readonly revision: number;
  /** Copies as of an earlier revision are wrong; copies as of this one or a later one lack at most new candles behind their last. */
  readonly rewritten: number;
}

/** One change of a series: open times of the first and the last candle in it. */
export interface Change {
  readonly first: number;
  readonly last: number;
}

/**
 * Counts a change; parameters: exchange, symbol, timeframe, the last open time, the first. It comes after the candles in their
 * transaction: then nobody waits for a candle while holding this row, and of two writers the later one sees what the earlier one added.
 */
export const countChange = `insert into candle_revisions (exchange, symbol, timeframe, revision, rewritten, newest) values (?, ?, ?, 1, 1, ?)
  on conflict (exchange, symbol, timeframe) do update set
    revision = candle_revisions.revision + 1,
    rewritten = case when ? > candle_revisions.newest then candle_revisions.rewritten else candle_revisions.revision + 1 end,
    newest = case when excluded.newest > candle_revisions.newest then excluded.newest else candle_revisions.newest end`;

export const readRevision =
  'select revision, rewritten from candle_revisions where exchange = ? and symbol = ? and timeframe = ?';
