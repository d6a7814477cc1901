import type { BacktestResult, OpenPosition } from './backtest-types.ts';
import { Hasher } from './hash.ts';
import { simulationOptions, tradingOptions } from './options.ts';
import type { ParameterDeclaration } from './parameters.ts';
import type { TradeLog } from './trade-log.ts';

/** What a result's hash is taken of. Metrics follow from it, and their powers and roots may round differently on another engine. */
export interface HashedResult extends Pick<
  BacktestResult,
  | 'dataFingerprint'
  | 'detailFingerprint'
  | 'fundingFingerprint'
  | 'strategy'
  | 'options'
  | 'timeframe'
  | 'ambiguousCandles'
  | 'profitBand'
> {
  /** Plain data, whatever describes them; open positions as `hashedPosition`. */
  readonly openPosition: unknown;
  readonly unfilledOrder: unknown;
  readonly trades: TradeLog;
  readonly refusals: unknown;
}

const defaults = Object.entries<ParameterDeclaration>({ ...tradingOptions, ...simulationOptions })
  .map(([name, declaration]) => ({ name, standard: declaration.default }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Options that are not at their default, by name: a release that adds an option renames no result. */
function changedOptions(options: BacktestResult['options']): readonly (readonly [string, unknown])[] {
  const values: Readonly<Record<string, unknown>> = options;
  return defaults.flatMap(({ name, standard }) => (values[name] === standard ? [] : [[name, values[name]] as const]));
}

/** Figures that a later release has added: where they are 0 they are left out, so that results of older ones keep their names. */
const newerFigures: ReadonlySet<string> = new Set(['funding', 'realizedPnl']);

/** An open position as results are named by. */
export function hashedPosition(position: OpenPosition | null): unknown {
  if (position === null) return null;
  return Object.fromEntries(Object.entries(position).filter(([name, value]) => value !== 0 || !newerFigures.has(name)));
}

/**
 * Names a result: the same data, strategy and options give the same text, on any machine and after any restart.
 * @param daily equity at the start and at each day's end
 */
export function resultHash(result: HashedResult, daily: Float64Array): string {
  const { strategy, options, timeframe, openPosition, unfilledOrder, refusals, ambiguousCandles, profitBand, trades } = result;
  const facts = [
    strategy,
    changedOptions(options),
    timeframe,
    openPosition,
    unfilledOrder,
    refusals,
    ambiguousCandles,
    profitBand,
  ];
  return new Hasher()
    .text(result.dataFingerprint + (result.detailFingerprint ?? '') + (result.fundingFingerprint ?? ''))
    .text(JSON.stringify(facts))
    .doubles(trades.named())
    .doubles(daily)
    .digest();
}
