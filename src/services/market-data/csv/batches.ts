import type { Candle, Candles } from '../../../trading/candle.ts';
import { candlesOf } from '../../../trading/series.ts';
import { DomainError } from '../../errors.ts';
import { type CsvText, linesOf } from './lines.ts';
import { readRow } from './row.ts';
import type { CsvScan, ScanOptions } from './scan.ts';

const batchRows = 5_000;

/**
 * Reads a scanned file again, as batches of candles to be stored: of rows with the same open time only the last. Uses the scan's
 * counts up, so it works once per scan.
 * @throws DomainError INVALID when the file is no longer the one that was scanned
 */
export async function* batchesOf(text: CsvText, scan: CsvScan, options: ScanOptions): AsyncGenerator<Candles> {
  const changed = (): DomainError => new DomainError('INVALID', `nothing was imported: ${text.name} changed while it was read`);
  let batch: Candle[] = [];
  let line = 0;
  let rows = 0;
  for await (const lines of linesOf(text, options.onBytes)) {
    for (const content of lines) {
      if (line++ === 0 || content.trim() === '') continue;
      rows += 1;
      const candle = readRow(content, scan.header, scan.timeFormat, options.timeframe, options.now);
      if (typeof candle === 'string') throw changed();
      const left = scan.occurrences.remove(candle.openTime);
      if (left < 0) throw changed();
      if (left === 0) batch.push(candle);
    }
    if (batch.length >= batchRows) {
      yield candlesOf(batch);
      batch = [];
    }
  }
  if (rows !== scan.rows) throw changed();
  if (batch.length > 0) yield candlesOf(batch);
}
