import type { CandleUpdate } from '../../../../src/services/exchanges/port/market-data.ts';
import type { MarketRules } from '../../../../src/services/exchanges/port/market-rules.ts';
import type { Unsubscribe } from '../../../../src/services/exchanges/port/subscription.ts';
import type { PaperAccount } from '../../../../src/services/exchanges/paper/account.ts';
import type { PaperMarket } from '../../../../src/services/exchanges/paper/paper-exchange.ts';
import type { Candle, Candles } from '../../../../src/trading/candle.ts';
import { decimal } from '../../../../src/trading/money.ts';
import { candlesOf } from '../../../../src/trading/series.ts';
import type { Timeframe } from '../../../../src/trading/timeframe.ts';

export const symbol = 'BTC/USDT';
export const minute = 60_000;
export const start = Date.UTC(2026, 0, 1);

export const rules: MarketRules = {
  symbol,
  base: 'BTC',
  quote: 'USDT',
  kind: 'SPOT',
  tickSize: decimal('0.01'),
  stepSize: decimal('0.00001'),
  minNotional: decimal('5'),
  makerFeeRate: decimal('0.001'),
  takerFeeRate: decimal('0.002'),
};

export function account(changes: Partial<PaperAccount> = {}): PaperAccount {
  return {
    id: 'bot-1',
    marketType: 'SPOT',
    leverage: 1,
    timeframe: 'M1',
    initialBalances: { USDT: decimal(10_000) },
    feePercent: 0.1,
    makerFeePercent: null,
    slippagePercent: 0,
    fillModel: 'PESSIMISTIC',
    targetGap: 'LEVEL',
    maintenanceMarginPercent: 0.5,
    liquidationFeePercent: 1.25,
    ...changes,
  };
}

/** A market that does what a test says: candles come when they are pushed, and are history from then on. */
export class ScriptedMarket implements PaperMarket {
  readonly name = 'scripted';
  time = start;
  private readonly listeners = new Set<(update: CandleUpdate) => void>();
  private readonly past: Candle[] = [];
  private readonly rules: MarketRules;

  constructor(changes: Partial<MarketRules> = {}) {
    this.rules = { ...rules, ...changes };
  }

  now(): number {
    return this.time;
  }

  markets(): Promise<readonly MarketRules[]> {
    return Promise.resolve([this.rules]);
  }

  history(_symbol: string, _timeframe: Timeframe, from: number, to: number): Promise<Candles> {
    return Promise.resolve(candlesOf(this.past.filter((candle) => candle.openTime >= from && candle.openTime < to)));
  }

  subscribeCandles(_symbol: string, _timeframe: Timeframe, listener: (update: CandleUpdate) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The first price of the candle number `index`. */
  open(index: number, price: number): void {
    this.price(index, price, price, price, price);
  }

  /** What has formed of a candle. */
  price(index: number, open: number, high: number, low: number, close: number): void {
    this.push(index, { open, high, low, close }, false);
  }

  close(index: number, open: number, high: number, low: number, close: number): void {
    this.push(index, { open, high, low, close }, true);
  }

  private push(index: number, prices: Pick<Candle, 'open' | 'high' | 'low' | 'close'>, isClosed: boolean): void {
    const candle: Candle = { openTime: start + index * minute, ...prices, volume: 1 };
    this.time = candle.openTime + (isClosed ? minute : 1_000);
    if (isClosed) this.past.push(candle);
    for (const listener of this.listeners) listener({ candle, isClosed });
  }
}
