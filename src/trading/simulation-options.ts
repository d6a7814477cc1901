import type { ParameterDeclarations, ValuesOf } from './parameters.ts';
import { percent } from './trading-options.ts';

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
    description:
      'What a target fills at when the open has passed it: its own price, or the better open, where an exit by signal also comes before the stop.',
    values: ['LEVEL', 'OPEN'],
    default: 'LEVEL',
  },
  entryFee: {
    type: 'CHOICE',
    description: 'Whether the amount put into a position covers its entry fee, or the fee is paid on top of it.',
    values: ['WITHIN_SIZE', 'ON_TOP'],
    default: 'WITHIN_SIZE',
  },
  takeProfitOf: {
    type: 'CHOICE',
    description:
      'What takeProfitPercent is a share of: the price it is counted from, or, after both fees, the cost of the position.',
    values: ['PRICE', 'NET_PROFIT'],
    default: 'PRICE',
  },
  guardsFrom: {
    type: 'CHOICE',
    description:
      'From when on stop and target are live: in the candle of the entry as far as it comes after it, or from the next one.',
    values: ['ENTRY_CANDLE', 'NEXT_CANDLE'],
    default: 'ENTRY_CANDLE',
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
    description: 'Trading days of a year for ratios; null: 365 where weekends trade, else 252; 52 with weekly candles.',
    default: null,
    min: 1,
    max: 366,
    step: 1,
    nullable: true,
  },
  maxMissingPercent: percent('Refuse to run when more than this share of the candles is missing; null: only report.', 100),
} as const satisfies ParameterDeclarations;
export type SimulationOptions = ValuesOf<typeof simulationOptions>;
