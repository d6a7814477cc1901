import { ParameterError } from './errors.ts';
import { type ParameterDeclarations, readParameters, type ValuesOf } from './parameters.ts';

/** When an order decided at the close of candle t fills: at the open of t+1, or at the close of t itself. */
export const FillAt = { NEXT_OPEN: 'NEXT_OPEN', SIGNAL_CLOSE: 'SIGNAL_CLOSE' } as const;
export type FillAt = (typeof FillAt)[keyof typeof FillAt];

/** What stop, target and trailing distances are counted from: the price of the entry fill, or the close of the candle that decided. */
export const StopAnchor = { ENTRY_FILL: 'ENTRY_FILL', SIGNAL_CLOSE: 'SIGNAL_CLOSE' } as const;
export type StopAnchor = (typeof StopAnchor)[keyof typeof StopAnchor];

/** What a target fills at when the open has already passed it: its own price, or the better open. */
export const TargetGap = { LEVEL: 'LEVEL', OPEN: 'OPEN' } as const;
export type TargetGap = (typeof TargetGap)[keyof typeof TargetGap];

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

const percent = (description: string, max = 99.99) =>
  ({ type: 'NUMBER', description, default: null, min: 0, max, step: 0.1, aboveMin: true, nullable: true }) as const;

/** How a strategy trades: the same for a backtest, a paper bot and a live one. Percentages mean percent: 1.5 is 1.5 %. */
export const tradingOptions = {
  marketType: {
    type: 'CHOICE',
    description: 'SPOT: long only, no leverage. FUTURES: linear perpetual, isolated margin in the quote currency.',
    values: ['SPOT', 'FUTURES'],
    default: 'SPOT',
  },
  leverage: { type: 'NUMBER', description: 'Position value over margin; 1 on spot.', default: 1, min: 1, max: 125, step: 1 },
  initialCapital: {
    type: 'NUMBER',
    description: 'Capital at the start, in quote currency.',
    default: 10_000,
    min: 1e-8,
    max: 1e12,
    step: 100,
  },
  feePercent: {
    type: 'NUMBER',
    description: 'Taker fee, of the notional of each fill.',
    default: 0.1,
    min: 0,
    max: 10,
    step: 0.01,
  },
  makerFeePercent: {
    type: 'NUMBER',
    description: 'Fee of resting orders (targets); null: as feePercent. A rebate is negative.',
    default: null,
    min: -1,
    max: 10,
    step: 0.01,
    nullable: true,
  },
  slippagePercent: {
    type: 'NUMBER',
    description: 'How much worse market orders and stops fill.',
    default: 0,
    min: 0,
    max: 10,
    step: 0.01,
  },
  positionSizePercent: {
    type: 'NUMBER',
    description: 'Share of the capital put into one position, its entry fee included.',
    default: 95,
    min: 0,
    max: 100,
    step: 5,
    aboveMin: true,
  },
  positionSizeFixed: {
    type: 'NUMBER',
    description: 'Quote amount put into one position instead of a share, its entry fee included; null: by share.',
    default: null,
    min: 0,
    max: 1e12,
    step: 100,
    aboveMin: true,
    nullable: true,
  },
  stopLossPercent: percent('Distance of the stop; null: none.'),
  takeProfitPercent: percent('Distance of the target; null: none.', 10_000),
  trailingStopPercent: percent('Distance of the stop that follows the best price since entry; null: none.'),
  stopAnchor: {
    type: 'CHOICE',
    description: 'What stop and target are counted from: the price of the entry fill, or the close of the candle that decided.',
    values: ['ENTRY_FILL', 'SIGNAL_CLOSE'],
    default: 'ENTRY_FILL',
  },
  quantityStep: {
    type: 'NUMBER',
    description: 'Quantities are cut down to a multiple of this, in base currency.',
    default: 1e-8,
    min: 0,
    max: 1e6,
    step: 1e-8,
    aboveMin: true,
  },
  minNotional: {
    type: 'NUMBER',
    description: 'Entries worth less than this in quote currency are not made.',
    default: 0,
    min: 0,
    max: 1e9,
    step: 1,
  },
  maintenanceMarginPercent: {
    type: 'NUMBER',
    description: 'Futures: margin that must remain, of the notional; under it the position is liquidated.',
    default: 0.5,
    min: 0,
    max: 50,
    step: 0.1,
  },
  liquidationFeePercent: {
    type: 'NUMBER',
    description: 'Futures: fee of a liquidation, of the notional, at most what is left of the margin.',
    default: 1.25,
    min: 0,
    max: 50,
    step: 0.05,
  },
  maxDailyLossPercent: percent('No entry for the rest of a UTC day that has lost this much; null: no limit.', 100),
  dailyTargetPercent: percent('No entry for the rest of a UTC day that has gained this much; null: no limit.', 10_000),
  maxDailyTrades: {
    type: 'INTEGER',
    description: 'Entries per UTC day; null: no limit.',
    default: null,
    min: 1,
    max: 100_000,
    step: 1,
    nullable: true,
  },
  cooldownCandles: {
    type: 'INTEGER',
    description: 'Candles without an entry after an exit.',
    default: 0,
    min: 0,
    max: 100_000,
    step: 1,
  },
  stopLossGuardCount: {
    type: 'INTEGER',
    description: 'No entry while this many stops were hit within stopLossGuardCandles; null: off.',
    default: null,
    min: 1,
    max: 1_000,
    step: 1,
    nullable: true,
  },
  stopLossGuardCandles: {
    type: 'INTEGER',
    description: 'How far back stopLossGuardCount looks.',
    default: 100,
    min: 1,
    max: 100_000,
    step: 1,
  },
  maxDrawdownPercent: percent('No entry any more once equity has fallen this far from its peak; null: no limit.', 100),
} as const satisfies ParameterDeclarations;
export type TradingOptions = ValuesOf<typeof tradingOptions>;

/** What only a backtest is asked. */
export const simulationOptions = {
  fillAt: {
    type: 'CHOICE',
    description: 'When a decided order fills: at the next open, or at the close that decided it.',
    values: ['NEXT_OPEN', 'SIGNAL_CLOSE'],
    default: 'NEXT_OPEN',
  },
  targetGap: {
    type: 'CHOICE',
    description: 'What a target fills at when the open has passed it: its own price, or the better open.',
    values: ['LEVEL', 'OPEN'],
    default: 'LEVEL',
  },
  fillModel: {
    type: 'CHOICE',
    description: 'What is believed about the path inside a candle.',
    values: ['PESSIMISTIC', 'OHLC_PATH', 'DETAIL'],
    default: 'PESSIMISTIC',
  },
  entryType: {
    type: 'CHOICE',
    description: 'How a position is entered: at the market, by a resting limit order or by a stop order.',
    values: ['MARKET', 'LIMIT', 'STOP'],
    default: 'MARKET',
  },
  entryOffsetPercent: {
    type: 'NUMBER',
    description:
      'Distance of a LIMIT or STOP entry from the close that decided it: below it for a long limit, above it for a long stop.',
    default: 0,
    min: 0,
    max: 50,
    step: 0.1,
  },
  entryCandles: {
    type: 'INTEGER',
    description: 'Candles that a LIMIT or STOP entry waits before it expires.',
    default: 1,
    min: 1,
    max: 100_000,
    step: 1,
  },
  limitTradeThrough: {
    type: 'NUMBER',
    description:
      'How far beyond a resting limit the price must trade to fill it, in quote currency, such as one tick; 0: a touch is enough.',
    default: 0,
    min: 0,
    max: 1e9,
    step: 0.01,
  },
  maxVolumePercent: percent(
    "Largest share of a candle's volume that may be filled in it; the rest waits for the next candles. Null: no cap.",
    100,
  ),
  stopLimitPercent: percent(
    'Stops sell no worse than this below their level (buy no worse above it) and wait beyond it; null: stops fill at any price.',
  ),
  spreadPercent: {
    type: 'NUMBER',
    description: 'Spread of the order book: market orders and stops fill half of it worse, beside slippagePercent.',
    default: 0,
    min: 0,
    max: 10,
    step: 0.01,
  },
  fundingRatePercent: {
    type: 'NUMBER',
    description: 'Futures: funding of the notional every fundingHours; positive: longs pay shorts.',
    default: 0,
    min: -10,
    max: 10,
    step: 0.01,
  },
  fundingHours: {
    type: 'INTEGER',
    description: 'Futures: hours between fundings, counted from midnight UTC.',
    default: 8,
    min: 1,
    max: 24,
    step: 1,
  },
  closeAtEnd: {
    type: 'BOOLEAN',
    description: 'Close an open position at the last close, with reason END_OF_DATA, instead of reporting it open.',
    default: false,
  },
  annualDays: {
    type: 'INTEGER',
    description: 'Trading days of a year for ratios; null: 365 where weekends trade, else 252.',
    default: null,
    min: 1,
    max: 366,
    step: 1,
    nullable: true,
  },
  maxMissingPercent: percent('Refuse to run when more than this share of the candles is missing; null: only report.', 100),
} as const satisfies ParameterDeclarations;
export type SimulationOptions = ValuesOf<typeof simulationOptions>;

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
 * Checks trading options and fills in the defaults.
 * @throws ParameterError with the path of the first bad option
 */
export function readTradingOptions(input: Partial<TradingOptions>, path: readonly string[] = []): TradingOptions {
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
  const options = readParameters(
    { ...tradingOptions, ...simulationOptions },
    input as Record<string, unknown>,
    'the backtest',
    path,
  );
  checkTogether(options, path);
  checkEntry(options, path);
  return options;
}
