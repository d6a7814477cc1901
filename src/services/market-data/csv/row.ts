import type { Candle } from '../../../trading/candle.ts';
import { openTimeAt, type Timeframe, timeframeMs, timeframeText } from '../../../trading/timeframe.ts';
import { cellsOf, type CsvHeader, readTime, type TimeFormat } from './format.ts';

const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const names = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * Reads and checks one row.
 * @param now nothing may close later than this, ms UTC
 * @returns the candle, or the sentence that says what is wrong with the row
 */
export function readRow(line: string, header: CsvHeader, format: TimeFormat, timeframe: Timeframe, now: number): Candle | string {
  const cells = cellsOf(line, header.delimiter);
  if (cells.length !== header.width) return `has ${cells.length} values where the header names ${header.width}`;
  const { places } = header;
  const timeText = cells[places[0]].trim();
  const openTime = readTime(timeText, format);
  if (Number.isNaN(openTime))
    return `${header.timeColumn} ${quoted(timeText)} does not read as ${format.toLowerCase()} like the rows before`;
  if (openTime < 0) return `${header.timeColumn} ${quoted(timeText)} is before 1970`;
  const values = [0, 0, 0, 0, 0];
  for (let i = 0; i < 5; i++) {
    const text = cells[places[i + 1]].trim();
    const value = Number(text);
    if (!Number.isFinite(value) || !number.test(text)) return `${names[i]} ${quoted(text)} is not a number`;
    if (i < 4 ? value <= 0 : value < 0) return `${names[i]} ${text} must be ${i < 4 ? 'above' : 'at least'} 0`;
    values[i] = value;
  }
  const [open, high, low, close, volume] = values;
  if (high < open || high < close || high < low) return `high ${high} is below open ${open}, low ${low} or close ${close}`;
  if (low > open || low > close) return `low ${low} is above open ${open} or close ${close}`;
  if (openTimeAt(timeframe, openTime) !== openTime)
    return `${quoted(timeText)} is not the open time of a ${timeframeText(timeframe)} candle`;
  if (openTime + timeframeMs(timeframe) > now) return `the candle of ${new Date(openTime).toISOString()} has not closed yet`;
  return { openTime, open, high, low, close, volume };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
