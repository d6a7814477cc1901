import { parseTimeframe, Timeframe, timeframeText } from '../trading/timeframe.ts';
import type { RawOptions } from './backtest-options.ts';
import { readMoment } from './moments.ts';
import { suggestion } from './suggest.ts';
import { usageError } from './terminal.ts';

export const timeframes: readonly string[] = Object.values(Timeframe).map(timeframeText);

/** A file, or a market of the database. */
export type CandleSource =
  | { readonly csv: string; readonly symbol: string | undefined; readonly timeframe: Timeframe | undefined }
  | { readonly exchange: string; readonly symbol: string; readonly timeframe: Timeframe };

/** A file, or another candle length of the same market: the finest there is when none is said. */
export type DetailSource =
  | { readonly csv: string; readonly timeframe: Timeframe | undefined }
  | { readonly timeframe: Timeframe | undefined };

export interface BacktestRequest {
  readonly strategy: string;
  readonly params: readonly string[];
  readonly source: CandleSource;
  /** Open time of the first candle, ms UTC. */
  readonly from: number | undefined;
  /** Candles open before this, ms UTC. */
  readonly to: number | undefined;
  /** Finer candles, for the fill model DETAIL. */
  readonly detail: DetailSource | undefined;
  readonly json: boolean;
  readonly chart: string | undefined;
}

/** The options that are not the engine's, read and checked before anything is loaded. */
export function readRequest(raw: RawOptions): BacktestRequest {
  const text = (name: string): string | undefined => (typeof raw[name] === 'string' ? raw[name] : undefined);
  const strategy = required(text('strategy'), '--strategy', 'such as --strategy ema-rsi');
  const csv = text('csv');
  const from = text('from') === undefined ? undefined : readMoment('--from', text('from') ?? '');
  const to = text('to') === undefined ? undefined : readMoment('--to', text('to') ?? '');
  if (from !== undefined && to !== undefined && from >= to)
    throw usageError(`--from ${text('from')} must be before --to ${text('to')}`);
  const chart = text('chart');
  if (chart !== undefined && !/\.svg$/i.test(chart)) throw usageError(`--chart writes SVG: "${chart}" must end in .svg`);
  const common = {
    strategy,
    params: Array.isArray(raw['param']) ? raw['param'] : [],
    from,
    to,
    detail: readDetail(raw, csv !== undefined),
    json: raw['json'] === true,
    chart,
  };
  const timeframe = readTimeframe(raw['timeframe']);
  if (csv !== undefined) return { ...common, source: { csv, symbol: text('symbol'), timeframe } };
  const needed = 'for candles of the database (or name a file: --csv candles.csv)';
  return {
    ...common,
    source: {
      exchange: required(text('exchange'), '--exchange', needed),
      symbol: required(text('symbol'), '--symbol', needed),
      timeframe: required(timeframe, '--timeframe', needed),
    },
  };
}

function required<T>(value: T | undefined, flag: string, hint: string): T {
  if (value === undefined) throw usageError(`${flag} is missing, ${hint}`);
  return value;
}

/** Where the finer candles are that DETAIL needs; undefined for the other fill models. */
function readDetail(raw: RawOptions, isFile: boolean): DetailSource | undefined {
  const timeframe = readTimeframe(raw['detailTimeframe']);
  const csv = raw['detailCsv'];
  if (raw['fillModel'] !== 'DETAIL') {
    const given = csv === undefined ? '--detail-timeframe' : '--detail-csv';
    if (csv !== undefined || timeframe !== undefined) throw usageError(`${given} is for --fill-model DETAIL`);
    return undefined;
  }
  if (typeof csv === 'string') return { csv, timeframe };
  if (isFile) throw usageError('--fill-model DETAIL needs finer candles: name a file of them with --detail-csv');
  return { timeframe };
}

function readTimeframe(text: RawOptions[string]): Timeframe | undefined {
  if (typeof text !== 'string') return undefined;
  const timeframe = parseTimeframe(text);
  if (timeframe) return timeframe;
  throw usageError(`there is no timeframe "${text}"; there are ${timeframes.join(', ')}${suggestion(text, timeframes)}`);
}
