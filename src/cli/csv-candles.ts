import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { batchesOf } from '../services/market-data/csv/batches.ts';
import { cellsOf, detectTime, readHeader, readTime } from '../services/market-data/csv/format.ts';
import type { CsvText } from '../services/market-data/csv/lines.ts';
import { scanCsv } from '../services/market-data/csv/scan.ts';
import type { Candles } from '../trading/candle.ts';
import { emptyCandles } from '../trading/series.ts';
import { Timeframe, timeframeMs } from '../trading/timeframe.ts';
import { CliError } from './terminal.ts';

/** A file's candles, and what a reader of the result should know about the file. */
export interface CsvCandles {
  readonly candles: Candles;
  readonly timeframe: Timeframe;
  readonly notes: readonly string[];
}

/**
 * Reads a CSV file into columns: every row checked, the last of rows with one open time kept, sorted.
 * @param timeframe found from the distance of the first rows when undefined
 * @param onFraction told how much has been read, 0 to 1
 * @throws CliError when there is no such file; DomainError when a row is bad
 */
export async function readCsvCandles(
  path: string,
  timeframe: Timeframe | undefined,
  onFraction: (fraction: number) => void = () => {},
): Promise<CsvCandles> {
  const text = await csvFile(path);
  const length = timeframe ?? (await detectTimeframe(path));
  const now = Date.now();
  // The file is read twice: checked, then kept.
  const scan = await scanCsv(text, { timeframe: length, now, onBytes: (bytes) => onFraction(bytes / text.bytes / 2) });
  const notes: string[] = [];
  if (scan.duplicates > 0) notes.push(`${scan.duplicates} duplicate rows: the last of each was used`);
  if (scan.outOfOrder > 0) notes.push(`${scan.outOfOrder} rows out of order: sorted by time`);

  const candles = emptyCandles(scan.rows - scan.duplicates);
  let place = 0;
  const options = { timeframe: length, now, onBytes: (bytes: number) => onFraction(0.5 + bytes / text.bytes / 2) };
  for await (const batch of batchesOf(text, scan, options)) {
    for (const column of columnNames) candles[column].set(batch[column], place);
    place += batch.openTime.length;
  }
  return { candles: scan.outOfOrder > 0 ? sorted(candles) : candles, timeframe: length, notes };
}

const columnNames = ['openTime', 'open', 'high', 'low', 'close', 'volume'] as const;

function sorted(candles: Candles): Candles {
  const order = Uint32Array.from(candles.openTime, (_, i) => i).sort((a, b) => candles.openTime[a] - candles.openTime[b]);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (i) => column[i]);
  return {
    openTime: pick(candles.openTime),
    open: pick(candles.open),
    high: pick(candles.high),
    low: pick(candles.low),
    close: pick(candles.close),
    volume: pick(candles.volume),
  };
}

export async function csvFile(path: string): Promise<CsvText> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`cannot read ${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  if (!found.isFile()) throw new CliError(`cannot read ${path}: it is not a file`);
  return { name: basename(path), bytes: found.size, read: () => createReadStream(path, { highWaterMark: 1 << 20 }) };
}

/** The candle length of a file is the smallest distance between its first rows. */
async function detectTimeframe(path: string): Promise<Timeframe> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
  await file.close();
  const lines = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
  const header = readHeader(lines[0]?.replace(/^\uFEFF/, '') ?? '', basename(path));
  // The piece may end within a row.
  const cells = lines.slice(1, -1).map((line) => cellsOf(line, header.delimiter)[header.places[0]]?.trim() ?? '');
  const format = detectTime(cells[0] ?? '');
  const times = format ? cells.map((cell) => readTime(cell, format)).filter((time) => !Number.isNaN(time)) : [];
  const distance = Math.min(
    ...times
      .slice(1)
      .map((time, i) => time - times[i])
      .filter((ms) => ms > 0),
  );
  const timeframe = Object.values(Timeframe).find((candidate) => timeframeMs(candidate) === distance);
  if (!timeframe)
    throw new CliError(`cannot tell the candle length of ${basename(path)} from its first rows; say it with --timeframe`, 2);
  return timeframe;
}
