// Used in worker threads, as .ts and as .js: it imports nothing but the core.
import type { Candles } from '../../trading/candle.ts';
import type { CheckedCandles } from '../../trading/checked-candles.ts';
import { ParameterError } from '../../trading/errors.ts';
import { type ParameterDeclarations, readParameters, type ValuesOf } from '../../trading/parameters.ts';

/** What happens to a run whose candles are worse than a threshold. */
export const QualityAction = { MARK: 'MARK', REFUSE: 'REFUSE' } as const;
export type QualityAction = (typeof QualityAction)[keyof typeof QualityAction];

const share = (description: string, standard: number) =>
  ({ type: 'NUMBER', description, default: standard, min: 0, max: 100, step: 0.1 }) as const;

/** The gate that candles pass before each run: thresholds in percent of the candles, and what happens beyond one. */
export const qualityOptions = {
  qualityAction: {
    type: 'CHOICE',
    description: 'What happens when the candles are worse than a threshold: the result is marked, or the run is refused.',
    values: ['MARK', 'REFUSE'],
    default: 'MARK',
  },
  qualityMissingPercent: share('Threshold: candles that are missing, of those that there should be.', 1),
  qualityOutlierPercent: share('Threshold: candles that look like bad ticks.', 0.1),
  qualityDuplicatePercent: share('Threshold: candles that repeat price for price, and volume, the one before them.', 1),
} as const satisfies ParameterDeclarations;
export type QualityOptions = ValuesOf<typeof qualityOptions>;

/** @throws ParameterError with the path of the bad option */
export function readQuality(given: Readonly<Record<string, unknown>>, path: readonly string[] = []): QualityOptions {
  return readParameters(qualityOptions, given, 'data quality', path) as QualityOptions;
}

export const QualityIssueKind = { GAPS: 'GAPS', OUTLIERS: 'OUTLIERS', DUPLICATES: 'DUPLICATES' } as const;
export type QualityIssueKind = (typeof QualityIssueKind)[keyof typeof QualityIssueKind];

/** A threshold that the candles of a market are beyond. */
export interface QualityIssue {
  readonly kind: QualityIssueKind;
  readonly symbol: string;
  /** Candles of this kind. */
  readonly candles: number;
  readonly percent: number;
  readonly limitPercent: number;
}

/**
 * Candles that say what the one before said, volume included: a row that was copied under another time. A market where nothing is
 * traded repeats itself rightly, so candles without volume do not count.
 */
export function countDuplicates({ open, high, low, close, volume }: Candles): number {
  let count = 0;
  for (let i = 1; i < close.length; i++)
    if (
      close[i] === close[i - 1] &&
      volume[i] === volume[i - 1] &&
      open[i] === open[i - 1] &&
      high[i] === high[i - 1] &&
      low[i] === low[i - 1] &&
      volume[i] > 0
    )
      count += 1;
  return count;
}

const words: Readonly<Record<QualityIssueKind, string>> = {
  GAPS: 'are missing',
  OUTLIERS: 'look like bad ticks',
  DUPLICATES: 'repeat the one before',
};

const optionOf: Readonly<Record<QualityIssueKind, keyof QualityOptions>> = {
  GAPS: 'qualityMissingPercent',
  OUTLIERS: 'qualityOutlierPercent',
  DUPLICATES: 'qualityDuplicatePercent',
};

/** The sentence that tells an issue. */
export function issueText({ kind, symbol, candles, percent, limitPercent }: QualityIssue): string {
  return `${candles} candles of ${symbol} ${words[kind]} (${percent.toFixed(2)} %), more than ${optionOf[kind]} ${limitPercent}`;
}

/**
 * What is worse than a threshold in a market's candles.
 * @throws ParameterError with the first issue when the run is to be refused
 */
export function passGate(
  symbol: string,
  { candles, missing, outlierCandles }: Pick<CheckedCandles, 'candles' | 'missing' | 'outlierCandles'>,
  duplicateCandles: number,
  options: QualityOptions,
): readonly QualityIssue[] {
  const present = candles.openTime.length;
  const found: readonly (readonly [QualityIssueKind, number, number])[] = [
    ['GAPS', missing, missing + present],
    ['OUTLIERS', outlierCandles, present],
    ['DUPLICATES', duplicateCandles, present],
  ];
  const issues = found
    .map(([kind, count, of]): QualityIssue => ({
      kind,
      symbol,
      candles: count,
      percent: (count / of) * 100,
      limitPercent: options[optionOf[kind]] as number,
    }))
    .filter(({ percent, limitPercent }) => percent > limitPercent);
  const [first] = issues;
  if (first && options.qualityAction === QualityAction.REFUSE)
    throw new ParameterError(issueText(first), [optionOf[first.kind]], { value: first.percent, limit: first.limitPercent });
  return issues;
}
