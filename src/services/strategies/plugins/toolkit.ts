import { ParameterError } from '../../../trading/errors.ts';
import { adx } from '../../../trading/indicators/adx.ts';
import { atr } from '../../../trading/indicators/atr.ts';
import { bollinger } from '../../../trading/indicators/bollinger.ts';
import { cci } from '../../../trading/indicators/cci.ts';
import { donchian } from '../../../trading/indicators/donchian.ts';
import { ema } from '../../../trading/indicators/ema.ts';
import type { Indicator } from '../../../trading/indicators/indicator.ts';
import { keltner } from '../../../trading/indicators/keltner.ts';
import { macd } from '../../../trading/indicators/macd.ts';
import { mfi } from '../../../trading/indicators/mfi.ts';
import { obv } from '../../../trading/indicators/obv.ts';
import { psar } from '../../../trading/indicators/psar.ts';
import { roc } from '../../../trading/indicators/roc.ts';
import { rsi } from '../../../trading/indicators/rsi.ts';
import { sma } from '../../../trading/indicators/sma.ts';
import { stochastic } from '../../../trading/indicators/stochastic.ts';
import { supertrend } from '../../../trading/indicators/supertrend.ts';
import { vwap } from '../../../trading/indicators/vwap.ts';
import { williamsR } from '../../../trading/indicators/williams-r.ts';
import { wma } from '../../../trading/indicators/wma.ts';
import { Decision, defineStrategy, Signal, type StrategyDefinition } from '../../../trading/strategy.ts';

export type { Candles } from '../../../trading/candle.ts';
export type { Indicator, IndicatorStream } from '../../../trading/indicators/indicator.ts';
export type { DecisionLevels, PositionView, StrategyContext, StrategyDefinition } from '../../../trading/strategy.ts';

const ours = new WeakSet<Indicator>();

/** Whether the product itself made this indicator, and a plugin did not. */
export function isOurs(indicator: Indicator): boolean {
  return ours.has(indicator);
}

function known<A extends unknown[]>(make: (...args: A) => Indicator): (...args: A) => Indicator {
  return (...args) => {
    const indicator = make(...args);
    ours.add(indicator);
    return indicator;
  };
}

/** The product's indicators: `indicators.ema(9)`, `indicators.macd({ fastPeriod: 12, slowPeriod: 26, signalPeriod: 9 }, 'signal')`. */
const indicators = {
  adx: known(adx),
  atr: known(atr),
  bollinger: known(bollinger),
  cci: known(cci),
  donchian: known(donchian),
  ema: known(ema),
  keltner: known(keltner),
  macd: known(macd),
  mfi: known(mfi),
  obv: known(obv),
  psar: known(psar),
  roc: known(roc),
  rsi: known(rsi),
  sma: known(sma),
  stochastic: known(stochastic),
  supertrend: known(supertrend),
  vwap: known(vwap),
  williamsR: known(williamsR),
  wma: known(wma),
} as const;

/** What a plugin is given, so that it need not import anything. */
export const toolkit = Object.freeze({
  defineStrategy,
  indicators: Object.freeze(indicators),
  Signal,
  Decision,
  ParameterError,
});
export type Toolkit = typeof toolkit;

/** What a plugin's file exports as `default`. */
export type StrategyPlugin = (toolkit: Toolkit) => StrategyDefinition;
