import { adx, adxLines } from './adx.ts';
import { atr } from './atr.ts';
import { bollinger, bollingerLines } from './bollinger.ts';
import { cci } from './cci.ts';
import { donchian, donchianLines } from './donchian.ts';
import { ema } from './ema.ts';
import { keltner, keltnerLines } from './keltner.ts';
import { candleCount, defineIndicator, factor, type IndicatorKind, period } from './kind.ts';
import { macd, macdLines } from './macd.ts';
import { mfi } from './mfi.ts';
import { obv } from './obv.ts';
import { psar } from './psar.ts';
import { roc } from './roc.ts';
import { rsi } from './rsi.ts';
import { sma } from './sma.ts';
import { stochastic, stochasticLines } from './stochastic.ts';
import { supertrend, supertrendLines } from './supertrend.ts';
import { vwap } from './vwap.ts';
import { williamsR } from './williams-r.ts';
import { wma } from './wma.ts';

/** Every indicator there is, in the order they are listed. */
export const indicatorKinds: readonly IndicatorKind[] = [
  defineIndicator({
    name: 'SMA',
    description: 'Simple moving average.',
    parameters: { period: period(20) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => sma(p.period, source),
  }),
  defineIndicator({
    name: 'EMA',
    description: 'Exponential moving average, seeded with the mean of the first values.',
    parameters: { period: period(20) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => ema(p.period, source),
  }),
  defineIndicator({
    name: 'WMA',
    description: 'Linearly weighted moving average: the newest value weighs most.',
    parameters: { period: period(20) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => wma(p.period, source),
  }),
  defineIndicator({
    name: 'RSI',
    description: 'Relative strength index with Wilder smoothing, 0 to 100.',
    parameters: { period: period(14) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => rsi(p.period, source),
  }),
  defineIndicator({
    name: 'MACD',
    description: 'Moving average convergence/divergence: the fast less the slow EMA, its own EMA as signal, and the difference.',
    parameters: {
      fastPeriod: candleCount('Period of the fast EMA, less than the slow one.', 12),
      slowPeriod: candleCount('Period of the slow EMA.', 26),
      signalPeriod: candleCount('Period of the signal line, an EMA of the MACD.', 9),
    },
    outputs: macdLines,
    sourced: true,
    create: macd,
  }),
  defineIndicator({
    name: 'BOLLINGER',
    description:
      'Bollinger bands: the mean and the bands so many standard deviations away from it; their width, and where the value lies between them.',
    parameters: { period: period(20), deviations: factor('Standard deviations between middle and bands.', 2) },
    outputs: bollingerLines,
    sourced: true,
    create: bollinger,
  }),
  defineIndicator({
    name: 'ATR',
    description: 'Average true range with Wilder smoothing, in the unit of the price.',
    parameters: { period: period(14) },
    outputs: [''],
    sourced: false,
    create: (p) => atr(p.period),
  }),
  defineIndicator({
    name: 'ADX',
    description:
      'Average directional index, the strength of a trend, with the indicators of its direction +DI and −DI; 0 to 100.',
    parameters: { period: period(14) },
    outputs: adxLines,
    sourced: false,
    create: (p, output) => adx(p.period, output),
  }),
  defineIndicator({
    name: 'STOCHASTIC',
    description:
      'Slow stochastic oscillator: where the close lies between lowest low and highest high, 0 to 100, and its average.',
    parameters: {
      kPeriod: candleCount('Candles whose lowest low and highest high are taken.', 14),
      kSmoothing: candleCount('Candles k is averaged over; 1: the fast stochastic.', 3),
      dPeriod: candleCount('Values of k that d is the average of.', 3),
    },
    outputs: stochasticLines,
    sourced: false,
    create: (p, output) => stochastic(p, output),
  }),
  defineIndicator({
    name: 'CCI',
    description: 'Commodity channel index: how far the typical price is from its mean, in mean deviations.',
    parameters: { period: period(20, 1_000) },
    outputs: [''],
    sourced: false,
    create: (p) => cci(p.period),
  }),
  defineIndicator({
    name: 'OBV',
    description: 'On-balance volume: the volume of rising candles less that of falling ones, since the first candle.',
    parameters: {},
    outputs: [''],
    sourced: false,
    create: () => obv(),
  }),
  defineIndicator({
    name: 'VWAP',
    description: 'Volume-weighted average price, since midnight UTC or over the last candles.',
    parameters: {
      period: {
        type: 'INTEGER',
        description: 'Candles it rolls over; null: since the start of the day in UTC.',
        default: null,
        min: 1,
        max: 5_000,
        step: 1,
        nullable: true,
      },
    },
    outputs: [''],
    sourced: false,
    create: (p) => vwap(p.period),
  }),
  defineIndicator({
    name: 'DONCHIAN',
    description: 'Donchian channel: highest high and lowest low, this candle included, and the middle between them.',
    parameters: { period: period(20) },
    outputs: donchianLines,
    sourced: false,
    create: (p, output) => donchian(p.period, output),
  }),
  defineIndicator({
    name: 'KELTNER',
    description: 'Keltner channel: an EMA of the close and the bands so many average true ranges away from it.',
    parameters: {
      period: candleCount('Period of the EMA in the middle.', 20),
      multiplier: factor('Average true ranges between middle and bands.', 2),
      atrPeriod: candleCount('Period of the ATR.', 10),
    },
    outputs: keltnerLines,
    sourced: false,
    create: (p, output) => keltner(p, output),
  }),
  defineIndicator({
    name: 'SUPERTREND',
    description:
      'SuperTrend: a line that trails the price by a multiple of the ATR, and the direction of the trend, 1 up or −1 down.',
    parameters: {
      period: candleCount('Period of the ATR.', 10),
      multiplier: factor('Average true ranges between the line and the middle of the candle.', 3),
    },
    outputs: supertrendLines,
    sourced: false,
    create: (p, output) => supertrend(p, output),
  }),
  defineIndicator({
    name: 'ROC',
    description: 'Rate of change over so many candles, in percent.',
    parameters: { period: period(10) },
    outputs: [''],
    sourced: true,
    create: (p, _output, source) => roc(p.period, source),
  }),
  defineIndicator({
    name: 'WILLIAMS_R',
    description: 'Williams %R: how far the close is below the highest high, −100 to 0.',
    parameters: { period: period(14) },
    outputs: [''],
    sourced: false,
    create: (p) => williamsR(p.period),
  }),
  defineIndicator({
    name: 'MFI',
    description: 'Money flow index: an RSI of price times volume, 0 to 100.',
    parameters: { period: period(14) },
    outputs: [''],
    sourced: false,
    create: (p) => mfi(p.period),
  }),
  defineIndicator({
    name: 'PSAR',
    description: 'Parabolic stop and reverse: below the price in an up trend, above it in a down trend.',
    parameters: {
      step: factor('What the acceleration begins with and grows by; at most the maximum.', 0.02, { max: 1, step: 0.01 }),
      maximum: factor('What the acceleration grows to.', 0.2, { max: 1, step: 0.01 }),
    },
    outputs: [''],
    sourced: false,
    create: (p) => psar(p),
  }),
];
