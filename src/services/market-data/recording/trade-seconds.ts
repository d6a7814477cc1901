import { CandleBuilder } from '../../../trading/resample.ts';
import { OrderSide } from '../../../trading/order.ts';
import type { PublicTrade } from '../../exchanges/port/market-data.ts';

export const secondMs = 1_000;

/** Executions of one second, added up. */
export interface TradeSecond {
  /** Start of the second, ms UTC. */
  readonly timestamp: number;
  /** Average, weighted by quantity. */
  readonly price: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly buyQuantity: number;
  readonly sellQuantity: number;
  readonly buyCount: number;
  readonly sellCount: number;
}

/** Start of the second that holds a moment, ms UTC. */
export function secondOf(at: number): number {
  return Math.floor(at / secondMs) * secondMs;
}

/** Seconds that are remembered behind the newest: what comes late, or again, finds the others of its second. */
const remembered = 60;

/**
 * The executions of the last minute, each once, by second. Seconds are always told whole: from all that is known of them, never as an addition
 * to what was told before.
 */
export class TradeSeconds {
  private readonly seconds = new Map<number, Map<string, PublicTrade>>();
  private readonly changed = new Set<number>();
  private newestAt: number | undefined;

  /** The newest second of which there was an execution. */
  get newest(): number | undefined {
    return this.newestAt;
  }

  /** Executions that are held in memory. */
  get size(): number {
    let size = 0;
    for (const trades of this.seconds.values()) size += trades.size;
    return size;
  }

  take(trade: PublicTrade): void {
    const second = secondOf(trade.at);
    let trades = this.seconds.get(second);
    if (!trades) this.seconds.set(second, (trades = new Map()));
    if (trades.has(trade.id)) return;
    trades.set(trade.id, trade);
    this.changed.add(second);
    this.newestAt = Math.max(this.newestAt ?? second, second);
  }

  /** Seconds that changed since the last call, ascending. */
  takeChanged(): TradeSecond[] {
    const seconds = [...this.changed].sort((a, b) => a - b);
    this.changed.clear();
    return seconds.map((second) => added(second, [...(this.seconds.get(second)?.values() ?? [])]));
  }

  /** They could not be stored: they are told again. */
  putBack(seconds: readonly TradeSecond[]): void {
    for (const { timestamp } of seconds) this.changed.add(timestamp);
  }

  /** Forgets what is old and was told. */
  forgetOld(): void {
    const from = (this.newestAt ?? 0) - remembered * secondMs;
    for (const second of this.seconds.keys()) if (second < from && !this.changed.has(second)) this.seconds.delete(second);
  }
}

function added(timestamp: number, trades: PublicTrade[]): TradeSecond {
  const sides = { BUY: new CandleBuilder(timestamp), SELL: new CandleBuilder(timestamp) };
  const all = new CandleBuilder(timestamp);
  let value = 0;
  for (const { price, amount, side } of trades.sort(asTheyHappened)) {
    for (const builder of [sides[side], all]) builder.add(price, price, price, price, amount);
    value += price * amount;
  }
  const { open, high, low, close, volume } = all.candle();
  return {
    timestamp,
    // Trades of nothing have no weight.
    price: volume > 0 ? Math.min(high, Math.max(low, value / volume)) : close,
    open,
    high,
    low,
    close,
    buyQuantity: sides[OrderSide.BUY].candle().volume,
    sellQuantity: sides[OrderSide.SELL].candle().volume,
    buyCount: sides[OrderSide.BUY].count,
    sellCount: sides[OrderSide.SELL].count,
  };
}

/** By time; within a millisecond by id where ids are numbers, and otherwise as they came. */
function asTheyHappened(a: PublicTrade, b: PublicTrade): number {
  return a.at - b.at || Number(a.id) - Number(b.id) || 0;
}
