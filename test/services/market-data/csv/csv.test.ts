import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../../../src/services/market-data/csv/batches.ts';
import { csvFromString, type CsvText } from '../../../../src/services/market-data/csv/lines.ts';
import { scanCsv } from '../../../../src/services/market-data/csv/scan.ts';
import { DomainError } from '../../../../src/services/errors.ts';
import { parseTimeframe, Timeframe, timeframeMs } from '../../../../src/trading/timeframe.ts';

const header = 'timestamp,open,high,low,close,volume';
const start = Date.UTC(2024, 0, 1);
const hour = 3_600_000;
const options = { timeframe: Timeframe.H1, now: Date.UTC(2024, 1, 1) };

/** Hourly candles, one per number: the hours since the start; the row's place in the file is its volume. */
function fileOf(...hours: number[]): string {
  return [header, ...hours.map((at, i) => `${start + at * hour},10,12,9,11,${i}`)].join('\n');
}

const scan = (text: string, more: Partial<Parameters<typeof scanCsv>[1]> = {}) =>
  scanCsv(csvFromString('sample.csv', text), { ...options, ...more });

async function candlesIn(text: string): Promise<{ openTime: number; volume: number; close: number }[]> {
  const source = csvFromString('sample.csv', text);
  const found = await scanCsv(source, options);
  const candles: { openTime: number; volume: number; close: number }[] = [];
  for await (const batch of batchesOf(source, found, options))
    batch.openTime.forEach((openTime, i) => candles.push({ openTime, volume: batch.volume[i], close: batch.close[i] }));
  return candles;
}

async function refusal(text: string, more: Partial<Parameters<typeof scanCsv>[1]> = {}): Promise<DomainError> {
  try {
    await scan(text, more);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('the file was not refused');
}

describe('the header', () => {
  it.each([
    ['plain', 'timestamp,open,high,low,close,volume', '1,2,3,4,5,6'],
    ['in capitals', 'Timestamp,Open,High,Low,Close,Volume', '1,2,3,4,5,6'],
    ['with spaces', ' timestamp , open , high , low , close , volume ', '1,2,3,4,5,6'],
    ['quoted', '"time","open","high","low","close","volume"', '1,2,3,4,5,6'],
    ['with a byte order mark', '\u{feff}date,open,high,low,close,volume', '1,2,3,4,5,6'],
    ['with semicolons', 'date;open;high;low;close;volume', '1,2,3,4,5,6'],
    ['with tabs', 'date\topen\thigh\tlow\tclose\tvolume', '1,2,3,4,5,6'],
    ['in another order', 'volume,close,low,high,open,date', '6,5,4,3,2,1'],
    ['among other columns', 'id,symbol,date,open,high,low,close,volume,trades', 'x,y,1,2,3,4,5,6,z'],
  ])('may be %s', async (_, line, order) => {
    const values: Record<string, string> = { 1: `"${start}"`, 2: '10', 3: '12', 4: '9', 5: '11', 6: '7' };
    const delimiter = line.includes(';') ? ';' : line.includes('\t') ? '\t' : ',';
    const row = order.split(',').map((place) => values[place] ?? place);
    expect(await candlesIn(`${line}\n${row.join(delimiter)}\n`)).toEqual([{ openTime: start, volume: 7, close: 11 }]);
  });

  it('tells the columns that it ignores', async () => {
    const found = await scan(`date,open,high,low,close,volume,trades\n2024-01-01,1,1,1,1,1,5`);
    expect(found.header).toMatchObject({ timeColumn: 'date', ignoredColumns: ['trades'] });
  });

  it.each([
    ['', 'sample.csv is empty; the first line must be a header like timestamp,open,high,low,close,volume'],
    ['1704067200000,10,12,9,11,5', 'it lacks timestamp, open, high, low, close, volume and reads "1704067200000,10,12,9,11,5"'],
    ['when,open,high,low,close,volume', 'it lacks timestamp and reads'],
    ['time,open,high,low,volume', 'it lacks close and reads'],
    ['time,open,high,low,close,volume,close', 'the header of sample.csv has the column close twice'],
    [header, 'sample.csv has a header but no rows'],
    [`${header}\n\n\n`, 'sample.csv has a header but no rows'],
  ])('is required: %j', async (text, message) => {
    expect((await refusal(text)).message).toContain(message);
  });
});

describe('the time', () => {
  it.each([
    ['1704067200000', 'MILLISECONDS'],
    ['1704067200', 'SECONDS'],
    ['1704067200000000', 'MICROSECONDS'],
    ['2024-01-01', 'ISO'],
    ['2024-01-01 00:00', 'ISO'],
    ['2024-01-01T00:00:00', 'ISO'],
    ['2024-01-01 00:00:00.000', 'ISO'],
    ['2024-01-01T00:00:00.000Z', 'ISO'],
    ['2024-01-01T00:00:00+00:00', 'ISO'],
    ['2024-01-01T01:30:00+01:30', 'ISO'],
    ['2023-12-31T19:00:00-0500', 'ISO'],
    ['2024-01-01 00:00:00 UTC', 'ISO'],
  ])('%s is read as %s', async (text, format) => {
    const found = await scan(`${header}\n${text},10,12,9,11,5`);
    expect(found.timeFormat).toBe(format);
    expect(found.occurrences.first).toBe(start);
  });

  it('that is none of these is told as it stands', async () => {
    expect((await refusal(`${header}\n01.02.2024 00:00,10,12,9,11,5`)).message).toContain(
      'line 2: timestamp "01.02.2024 00:00" reads neither as an ISO date nor as seconds, milliseconds or microseconds since 1970',
    );
  });

  it('must be written alike in every row', async () => {
    const error = await refusal(`${header}\n${start},10,12,9,11,5\n2024-01-01T01:00:00Z,10,12,9,11,5`);
    expect(error.message).toContain(
      'line 3: timestamp "2024-01-01T01:00:00Z" does not read as milliseconds like the rows before',
    );
  });
});

describe('a bad row', () => {
  const good = `${start},10,12,9,11,5`;
  it.each([
    ['too few values', `${start},10,12,9,11`, 'has 5 values where the header names 6'],
    ['too many values', `${start},10,12,9,11,5,6`, 'has 7 values where the header names 6'],
    ['no number', `${start},10,12,nine,11,5`, 'low "nine" is not a number'],
    ['an empty value', `${start},10,,9,11,5`, 'high "" is not a number'],
    ['NaN', `${start},NaN,12,9,11,5`, 'open "NaN" is not a number'],
    ['infinity', `${start},10,Infinity,9,11,5`, 'high "Infinity" is not a number'],
    ['an overflow', `${start},10,1e999,9,11,5`, 'high "1e999" is not a number'],
    ['hexadecimal', `${start},10,0xff,9,11,5`, 'high "0xff" is not a number'],
    ['a price of zero', `${start},10,12,0,11,5`, 'low 0 must be above 0'],
    ['a negative price', `${start},-10,12,9,11,5`, 'open -10 must be above 0'],
    ['a negative volume', `${start},10,12,9,11,-5`, 'volume -5 must be at least 0'],
    ['high under close', `${start},10,10.5,9,11,5`, 'high 10.5 is below open 10, low 9 or close 11'],
    ['high under low', `${start},10,12,13,11,5`, 'high 12 is below open 10, low 13 or close 11'],
    ['low above open', `${start},10,12,10.5,11,5`, 'low 10.5 is above open 10 or close 11'],
    ['a time between candles', `${start + 60_000},10,12,9,11,5`, 'is not the open time of a 1h candle'],
    ['a future time', `${Date.UTC(2024, 1, 1)},10,12,9,11,5`, 'the candle of 2024-02-01T00:00:00.000Z has not closed yet'],
    ['an unclosed candle', `${options.now - hour / 2 - hour / 2 + hour},10,12,9,11,5`, 'has not closed yet'],
    ['half a line', `${start},10,1`, 'has 3 values'],
    ['binary noise', '\u0000\u0001\u0002', 'has 1 values'],
  ])('with %s is refused with its line number', async (_, row, message) => {
    const error = await refusal(`${header}\n${good}\n${row}\n`);
    expect(error.code).toBe('INVALID');
    expect(error.message).toContain('nothing was imported from sample.csv: line 3: ');
    expect(error.message).toContain(message);
    expect(error.details).toMatchObject({ problemCount: 1 });
  });

  it.each(['2024-02-30', '2024-13-01', '2024-01-01T24:00:00Z', '2024-01-01T10:60:00Z', '0024-01-01', '1969-12-31', '2024-1-1'])(
    'with the date %s is refused',
    async (date) => {
      const error = await refusal(`${header}\n2024-01-01,10,12,9,11,5\n${date},10,12,9,11,5`);
      expect(error.details).toMatchObject({ problemCount: 1, problems: [{ line: 3 }] });
    },
  );

  it('is told one by one up to 20, and all are counted', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? `${start + i * hour},10,12,9,11,5` : 'bad'));
    const error = await refusal([header, ...rows].join('\r\n'));
    expect(error.message).toContain('line 3: has 1 values where the header names 6 and 24 more bad rows');
    expect(error.details.problemCount).toBe(25);
    expect(error.details.problems).toEqual(
      Array.from({ length: 20 }, (_, i) => ({ line: 3 + 2 * i, message: 'has 1 values where the header names 6' })),
    );
  });
});

describe('a file', () => {
  it('may end without a line end, have Windows line ends and blank lines', async () => {
    expect(await candlesIn(`${fileOf(0, 1).replaceAll('\n', '\r\n')}\r\n\r\n`)).toHaveLength(2);
    expect(await candlesIn(fileOf(0, 1, 2))).toHaveLength(3);
  });

  it('may repeat candles: the last one counts, and they are told', async () => {
    const text = fileOf(0, 1, 1, 2, 2, 2, 3);
    expect(await scan(text)).toMatchObject({ rows: 7, duplicates: 3, outOfOrder: 0 });
    expect((await candlesIn(text)).map((candle) => candle.volume)).toEqual([0, 2, 5, 6]);
  });

  it('may be out of order, which is told', async () => {
    expect(await scan(fileOf(5, 3, 4, 1))).toMatchObject({
      rows: 4,
      duplicates: 0,
      outOfOrder: 3,
      gaps: { missing: 1, count: 1 },
    });
  });

  it('has its gaps told', async () => {
    const { gaps } = await scan(fileOf(0, 1, 4, 9, 10));
    expect(gaps).toEqual({
      missing: 6,
      count: 2,
      gaps: [
        { from: start + 2 * hour, to: start + 4 * hour, missing: 2 },
        { from: start + 5 * hour, to: start + 9 * hour, missing: 4 },
      ],
    });
  });

  it('gives every candle once, with its last values, whatever the order', async () => {
    const property = fc.asyncProperty(fc.array(fc.nat(300), { minLength: 1, maxLength: 200 }), async (hours) => {
      const candles = await candlesIn(fileOf(...hours));
      const expected = new Map(hours.map((at, i) => [start + at * hour, i]));
      const found = new Map(candles.map((candle) => [candle.openTime, candle.volume]));
      return candles.length === expected.size && [...expected].every(([openTime, i]) => found.get(openTime) === i);
    });
    await expect(fc.assert(property)).resolves.toBeUndefined();
  });

  it('is refused when it is not text', async () => {
    const gzip: CsvText = {
      name: 'candles.csv.gz',
      bytes: 4,
      read: () => Readable.from([Uint8Array.of(0x1f, 0x8b, 8, 0)]),
    };
    await expect(scanCsv(gzip, options)).rejects.toThrow('candles.csv.gz is not UTF-8 text');
  });

  it('is refused when a line never ends', async () => {
    const endless: CsvText = {
      name: 'endless.csv',
      bytes: 0,
      read: () => Readable.from([new Uint8Array(70_000).fill(65)]),
    };
    await expect(scanCsv(endless, options)).rejects.toThrow('line 1 of endless.csv is longer than 65536 characters');
  });

  it('is refused above the cap of rows', async () => {
    const error = await refusal(fileOf(0, 1, 2, 3), { maxRows: 3 });
    expect(error.message).toContain('sample.csv has more than 3 rows');
  });

  it('is read piece by piece the same as at once, and tells its bytes', async () => {
    const whole = new TextEncoder().encode(fileOf(...Array.from({ length: 50 }, (_, i) => i)).replaceAll('\n', '\r\n'));
    for (const size of [1, 7, 64, 1000]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));
      let told = 0;
      const found = await scanCsv(
        { name: 'pieces.csv', bytes: whole.length, read: () => Readable.from(pieces) },
        { ...options, onBytes: (read) => (told = read) },
      );
      expect(found.rows).toBe(50);
      expect(told).toBe(whole.length);
    }
  });

  it('that changes between the check and the import is refused', async () => {
    let reads = 0;
    const text: CsvText = {
      name: 'moving.csv',
      bytes: 0,
      read: () => Readable.from([new TextEncoder().encode(reads++ === 0 ? fileOf(0, 1) : fileOf(0, 1, 2))]),
    };
    const found = await scanCsv(text, options);
    await expect(batchesOf(text, found, options).next()).rejects.toThrow(
      'nothing was imported: moving.csv changed while it was read',
    );
  });
});

const data = join(import.meta.dirname, '../../../../../shared/data');

describe.skipIf(!existsSync(data))('real files (skipped where ../shared/data is absent)', () => {
  const files = existsSync(data) ? readdirSync(data).filter((name) => name.endsWith('.csv')) : [];
  it.each(files)('%s reads without a bad row', async (name) => {
    const path = join(data, name);
    const timeframe = parseTimeframe(/-(\w+)\.csv$/.exec(name)?.[1] ?? '');
    if (!timeframe) throw new Error(`${name} does not name its timeframe`);
    const text: CsvText = { name, bytes: statSync(path).size, read: () => createReadStream(path) };
    const found = await scanCsv(text, { timeframe, now: Date.now() });
    expect(found).toMatchObject({ duplicates: 0, outOfOrder: 0, timeFormat: 'MILLISECONDS' });
    expect(found.occurrences.last - found.occurrences.first).toBe((found.rows + found.gaps.missing - 1) * timeframeMs(timeframe));
  });
});
