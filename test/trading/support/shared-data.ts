import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Candles } from '../../../src/trading/candle.ts';
import { emptyCandles } from '../../../src/trading/series.ts';

/** Real candles and other engines' results stand beside the repository, not in it. */
const shared = join(import.meta.dirname, '../../../../shared');
const golden = join(shared, 'golden');

export const sharedMissing = !existsSync(golden);
export const whyMissing = sharedMissing ? ` (skipped: ${golden} is absent)` : '';

export function sharedCandles(name: string): Candles {
  const rows = readFileSync(join(shared, 'data', `${name}.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const candles = emptyCandles(rows.length);
  const columns = [candles.openTime, candles.open, candles.high, candles.low, candles.close, candles.volume];
  rows.forEach((row, index) => row.split(',').forEach((text, column) => (columns[column][index] = Number(text))));
  return candles;
}

export interface GoldenTrade {
  readonly entryBar: number;
  readonly exitBar: number;
  readonly entryTime: number;
  readonly exitTime: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly size: number;
  readonly pnl: number;
  readonly commission: number;
  readonly returnPct: number;
  readonly reason: 'signal' | 'stop_loss' | 'take_profit';
}

export interface Golden {
  readonly variant: string;
  readonly rows: number;
  readonly params: Readonly<
    Record<
      | 'fast'
      | 'slow'
      | 'rsi'
      | 'rsiEntryBelow'
      | 'rsiExitAbove'
      | 'sizeFraction'
      | 'fee'
      | 'stopLoss'
      | 'takeProfit'
      | 'cash'
      | 'sizeUnit',
      number
    >
  >;
  readonly metrics: Readonly<
    Record<
      'finalEquity' | 'trades' | 'winRate' | 'maxDrawdown' | 'commissions' | 'sharpe' | 'sqn' | 'exposurePct' | 'annualDays',
      number
    >
  >;
  readonly openAtEnd: {
    readonly entryBar: number;
    readonly entryTime: number;
    readonly entryPrice: number;
    readonly size: number;
  } | null;
  readonly trades: readonly GoldenTrade[];
  readonly equitySample: readonly (readonly [index: number, equity: number])[];
}

export function goldenFile(name: string): Golden {
  return JSON.parse(readFileSync(join(golden, name), 'utf8')) as Golden;
}
