import { ParameterError } from './errors.ts';
import { readParameters } from './parameters.ts';
import { type SimulationOptions, simulationOptions } from './simulation-options.ts';
import { type TradingOptions, tradingOptions } from './trading-options.ts';

export { type SimulationOptions, simulationOptions } from './simulation-options.ts';
export { type TradingOptions, tradingOptions } from './trading-options.ts';

/** When an order decided at the close of candle t fills: at the open of t+1, or at the close of t itself. */
export const FillAt = { NEXT_OPEN: 'NEXT_OPEN', SIGNAL_CLOSE: 'SIGNAL_CLOSE' } as const;
export type FillAt = (typeof FillAt)[keyof typeof FillAt];

/** What stop, target and trailing distances are counted from: the price of the entry fill, or the close of the candle that decided. */
export const StopAnchor = { ENTRY_FILL: 'ENTRY_FILL', SIGNAL_CLOSE: 'SIGNAL_CLOSE' } as const;
export type StopAnchor = (typeof StopAnchor)[keyof typeof StopAnchor];

/**
 * What an open beyond a level does. LEVEL: a target that it has passed fills at its own price, and a stop that it has gapped through comes
 * before an exit that was decided at the close before. OPEN: the target fills at the better open, and that exit comes before the stop: at the
 * same price, but with the reason SIGNAL.
 */
export const TargetGap = { LEVEL: 'LEVEL', OPEN: 'OPEN' } as const;
export type TargetGap = (typeof TargetGap)[keyof typeof TargetGap];

/** Whether the amount put into a position covers its entry fee, or the fee is paid on top of it. */
export const EntryFee = { WITHIN_SIZE: 'WITHIN_SIZE', ON_TOP: 'ON_TOP' } as const;
export type EntryFee = (typeof EntryFee)[keyof typeof EntryFee];

/** What the percentage of a target is a share of: the price it is counted from, or, after both fees, the cost of the position. */
export const TakeProfitOf = { PRICE: 'PRICE', NET_PROFIT: 'NET_PROFIT' } as const;
export type TakeProfitOf = (typeof TakeProfitOf)[keyof typeof TakeProfitOf];

/** From when on stop and target are live: in the candle of the entry as far as it comes after it, or from the next one. */
export const GuardsFrom = { ENTRY_CANDLE: 'ENTRY_CANDLE', NEXT_CANDLE: 'NEXT_CANDLE' } as const;
export type GuardsFrom = (typeof GuardsFrom)[keyof typeof GuardsFrom];

/**
 * How a position is entered: at the market, by a limit order that waits for a better price, or by a stop order that waits until the
 * price has moved on.
 */
export const EntryType = { MARKET: 'MARKET', LIMIT: 'LIMIT', STOP: 'STOP' } as const;
export type EntryType = (typeof EntryType)[keyof typeof EntryType];

/**
 * What is believed about the path inside a candle. PESSIMISTIC: the adverse extreme came first, the stop beats the target.
 * OHLC_PATH: open, low, high, close when it closed at or above its open, else open, high, low, close. DETAIL: candles of a finer
 * timeframe decide, PESSIMISTIC inside the smallest and where they are missing.
 */
export const FillModel = { PESSIMISTIC: 'PESSIMISTIC', OHLC_PATH: 'OHLC_PATH', DETAIL: 'DETAIL' } as const;
export type FillModel = (typeof FillModel)[keyof typeof FillModel];

/** Why funding is refused on spot. */
export const noFunding = 'only FUTURES have funding: leave it out, or set marketType FUTURES';

const backtestOptions = { ...tradingOptions, ...simulationOptions };

function checkTogether(options: TradingOptions, path: readonly string[]): void {
  if (options.marketType === 'SPOT' && options.leverage !== 1)
    throw new ParameterError(`leverage ${options.leverage} needs marketType FUTURES; on SPOT it is 1`, [...path, 'leverage'], {
      value: options.leverage,
      limit: 1,
    });
  if (options.maintenanceMarginPercent * options.leverage >= 100)
    throw new ParameterError(
      `leverage ${options.leverage} with maintenanceMarginPercent ${options.maintenanceMarginPercent} would be liquidated at entry; their product must stay under 100`,
      [...path, 'leverage'],
      { value: options.leverage, limit: 100 / options.maintenanceMarginPercent },
    );
}

/**
 * Checks a bot's trading options and fills in the defaults.
 * @throws ParameterError with the path of the first bad option; what only a backtest is asked is one
 */
export function readTradingOptions(input: Partial<TradingOptions>, path: readonly string[] = []): TradingOptions {
  const simulated = Object.keys(input).find((name) => Object.hasOwn(simulationOptions, name));
  if (simulated !== undefined)
    throw new ParameterError(
      `${simulated} is asked of backtests only: a bot enters at the market, and its exchange says how orders are filled`,
      [...path, simulated],
    );
  const options = readParameters(tradingOptions, input, 'the trading options', path);
  checkTogether(options, path);
  return options;
}

function checkEntry({ entryType, fillAt }: SimulationOptions, path: readonly string[]): void {
  if (entryType !== EntryType.MARKET && fillAt === FillAt.SIGNAL_CLOSE)
    throw new ParameterError(
      `entryType ${entryType} waits for the next candles, so fillAt must be NEXT_OPEN, not SIGNAL_CLOSE`,
      [...path, 'entryType'],
      {
        value: entryType,
      },
    );
}

/**
 * Checks the options of a backtest, trading options included, and fills in the defaults.
 * @throws ParameterError with the path of the first bad option
 */
export function readBacktestOptions(input: object, path: readonly string[] = []): TradingOptions & SimulationOptions {
  const options = readParameters(backtestOptions, input as Record<string, unknown>, 'the backtest', path);
  checkTogether(options, path);
  checkEntry(options, path);
  if (options.marketType === 'SPOT' && options.fundingRatePercent !== 0)
    throw new ParameterError(noFunding, [...path, 'fundingRatePercent'], { value: options.fundingRatePercent, limit: 0 });
  return options;
}
