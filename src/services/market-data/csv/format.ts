import { DomainError } from '../../errors.ts';

/** How the file writes time. Detected from the first row; every other row must agree. */
export const TimeFormat = { ISO: 'ISO', SECONDS: 'SECONDS', MILLISECONDS: 'MILLISECONDS', MICROSECONDS: 'MICROSECONDS' } as const;
export type TimeFormat = (typeof TimeFormat)[keyof typeof TimeFormat];

const timeNames = ['timestamp', 'time', 'date', 'datetime', 'open_time', 'opentime'];
const priceNames = ['open', 'high', 'low', 'close', 'volume'] as const;

/** What the header says: where each column stands. */
export interface CsvHeader {
  readonly delimiter: string;
  readonly width: number;
  /** Places of time, open, high, low, close, volume. */
  readonly places: readonly [number, number, number, number, number, number];
  readonly timeColumn: string;
  readonly ignoredColumns: readonly string[];
}

/**
 * Reads the header line: names in any case and order, quoted or not, separated by commas, semicolons or tabs.
 * @throws DomainError INVALID naming what is missing
 */
export function readHeader(line: string, name: string): CsvHeader {
  const delimiter = [',', ';', '\t'].find((candidate) => line.includes(candidate)) ?? ',';
  const columns = cellsOf(line, delimiter).map((cell) => cell.trim().toLowerCase());
  const time = timeNames.map((candidate) => columns.indexOf(candidate)).find((place) => place >= 0);
  const places = priceNames.map((candidate) => columns.indexOf(candidate));
  const missing = [...(time === undefined ? ['timestamp'] : []), ...priceNames.filter((_, i) => places[i] < 0)];
  if (time === undefined || missing.length > 0)
    throw new DomainError(
      'INVALID',
      `the first line of ${name} must be a header like timestamp,open,high,low,close,volume; it lacks ${missing.join(', ')} and reads ${JSON.stringify(line.slice(0, 80))}`,
      { details: { line: 1 } },
    );
  const twice = columns.find(
    (column, i) => columns.indexOf(column) !== i && (column === columns[time] || priceNames.some((n) => n === column)),
  );
  if (twice !== undefined)
    throw new DomainError('INVALID', `the header of ${name} has the column ${twice} twice`, { details: { line: 1 } });
  const [open, high, low, close, volume] = places;
  return {
    delimiter,
    width: columns.length,
    places: [time, open, high, low, close, volume],
    timeColumn: columns[time],
    ignoredColumns: columns.filter((_, i) => i !== time && !places.includes(i)),
  };
}

/** The cells of a line; quotes around a cell are taken off. Candle files hold numbers and dates, so a quoted delimiter has no meaning here. */
export function cellsOf(line: string, delimiter: string): string[] {
  const cells = line.split(delimiter);
  if (line.includes('"')) for (let i = 0; i < cells.length; i++) cells[i] = cells[i].trim().replace(/^"(.*)"$/, '$1');
  return cells;
}

/** What kind of time a cell holds; undefined when none. Digits alone are told apart by their number (years 1973 to 2286). */
export function detectTime(cell: string): TimeFormat | undefined {
  if (/^\d{4}-\d{2}-\d{2}/.test(cell)) return TimeFormat.ISO;
  if (!/^\d+$/.test(cell)) return undefined;
  if (cell.length === 9 || cell.length === 10) return TimeFormat.SECONDS;
  if (cell.length === 12 || cell.length === 13) return TimeFormat.MILLISECONDS;
  if (cell.length === 15 || cell.length === 16) return TimeFormat.MICROSECONDS;
  return undefined;
}

const scale = { SECONDS: 1000, MILLISECONDS: 1, MICROSECONDS: 0.001 } as const;
const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$/;

/** The moment a cell names, ms UTC; NaN when it does not read as the format. ISO without a zone is UTC. */
export function readTime(cell: string, format: TimeFormat): number {
  if (format !== TimeFormat.ISO) return detectTime(cell) === format ? Number(cell) * scale[format] : Number.NaN;
  const parts = iso.exec(cell);
  if (!parts) return Number.NaN;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(parts[i] ?? 0));
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(at);
  // The 30th of February rolls over into March: such a date is a mistake, not a date.
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  return at + Number(`0.${parts[7] ?? 0}`) * 1000 - zoneMs(parts[8]);
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'UTC') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** "1700000000000 (milliseconds)", as people call it. */
export const timeFormatText: Readonly<Record<TimeFormat, string>> = {
  ISO: 'ISO dates (UTC unless a zone is given)',
  SECONDS: 'seconds since 1970',
  MILLISECONDS: 'milliseconds since 1970',
  MICROSECONDS: 'microseconds since 1970',
};
