import type { Timeframe } from '../../trading/timeframe.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { CandleSource } from '../exchanges/port/market-data.ts';
import type { CandleStore } from './candle-store.ts';
import { type MarketCatalogue, readSymbol } from './catalogue.ts';
import { batchesOf } from './csv/batches.ts';
import type { TimeFormat } from './csv/format.ts';
import type { CsvText } from './csv/lines.ts';
import { type CsvScan, scanCsv } from './csv/scan.ts';
import type { GapReport } from './gaps.ts';
import { type SeriesKey, seriesName } from './series-key.ts';

export interface ImportOptions {
  /** Whether stored candles may get other values. Candles are shared by everybody on the server. */
  readonly mayRevise: boolean;
  readonly maxRows?: number;
  /** Told how much is done, 0 to 1: the first half is the check, the second the import. */
  readonly onProgress?: (fraction: number) => void;
}

/** What an import did. Rows = imported + revised + unchanged + duplicates. */
export interface ImportReport extends SeriesKey {
  readonly marketId: string;
  readonly timeframe: Timeframe;
  readonly timeFormat: TimeFormat;
  readonly ignoredColumns: readonly string[];
  readonly rows: number;
  /** New candles. */
  readonly imported: number;
  /** Candles that were there with other values. */
  readonly revised: number;
  /** Candles that were there with the same values. */
  readonly unchanged: number;
  /** Rows that a later row of the file repeats; the last one counts. */
  readonly duplicates: number;
  readonly outOfOrder: number;
  /** Open times of the file's first and last candle, ms UTC. */
  readonly from: number;
  readonly to: number;
  /** What is missing between them in the database now. */
  readonly gaps: GapReport;
}

/** Brings candles from CSV files into the database: all of a file or nothing, and the same file twice changes nothing. */
export class CandleImporter {
  private readonly database: Database;
  private readonly catalogue: MarketCatalogue;
  private readonly store: CandleStore;
  private readonly clock: Clock;
  private readonly findSource: (exchange: string) => CandleSource | undefined;

  constructor(options: {
    database: Database;
    catalogue: MarketCatalogue;
    store: CandleStore;
    clock: Clock;
    findSource: (exchange: string) => CandleSource | undefined;
  }) {
    this.database = options.database;
    this.catalogue = options.catalogue;
    this.store = options.store;
    this.clock = options.clock;
    this.findSource = options.findSource;
  }

  /**
   * Reads the file twice: first every row is checked, then all are stored in one transaction.
   * @throws DomainError INVALID when a row is bad (`details.problems`), the file is larger than allowed, or candles would be revised
   * that may not be; NOT_FOUND for an unknown exchange. Nothing was imported then.
   */
  async import(text: CsvText, key: SeriesKey, options: ImportOptions): Promise<ImportReport> {
    readSymbol(key.symbol);
    if (this.findSource(key.exchange)?.isGenerated)
      throw new DomainError(
        'INVALID',
        `candles cannot be imported for ${key.exchange}: it makes its own, and they would contradict each other`,
        { path: ['exchange'] },
      );
    const { timeframe } = key;
    const half = (base: number) => (read: number) => options.onProgress?.(base + read / Math.max(1, text.bytes) / 2);
    const now = this.clock.now().getTime();
    const checking = { timeframe, now, onBytes: half(0), ...(options.maxRows !== undefined && { maxRows: options.maxRows }) };
    const scan = await scanCsv(text, checking);
    const stored = await this.storeAll(text, key, scan, { timeframe, now, onBytes: half(0.5) }, options.mayRevise);
    options.onProgress?.(1);
    return { ...key, ...stored, ...summary(scan) };
  }

  private storeAll(
    text: CsvText,
    key: SeriesKey,
    scan: CsvScan,
    reading: Parameters<typeof batchesOf>[2],
    mayRevise: boolean,
  ): Promise<Pick<ImportReport, 'marketId' | 'imported' | 'revised' | 'unchanged' | 'gaps'>> {
    const [from, to] = [scan.occurrences.first, scan.occurrences.last + 1];
    const distinct = scan.occurrences.distinct;
    return this.database.transaction(async (em) => {
      const market = await this.catalogue.ensureMarket(em, key.exchange, key.symbol);
      const before = (await this.store.extent(key, from, to, em))?.count ?? 0;
      const changed = await this.store.upsertAll(key, batchesOf(text, scan, reading), em);
      const imported = ((await this.store.extent(key, from, to, em))?.count ?? 0) - before;
      const revised = changed - imported;
      if (revised > 0 && !mayRevise)
        throw new DomainError(
          'INVALID',
          `nothing was imported from ${text.name}: ${revised} candles of ${seriesName(key)} are stored with other values, and only an administrator may change candles that everybody uses`,
          { details: { revised } },
        );
      const gaps = await this.store.gaps(key, from, to, em);
      return { marketId: market.id, imported, revised, unchanged: distinct - changed, gaps };
    });
  }
}

function summary({ header, timeFormat, rows, duplicates, outOfOrder, occurrences }: CsvScan) {
  return {
    timeFormat,
    ignoredColumns: header.ignoredColumns,
    rows,
    duplicates,
    outOfOrder,
    from: occurrences.first,
    to: occurrences.last,
  };
}
