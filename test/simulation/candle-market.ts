import type { BotMarket } from '../../src/services/bots/runner-parts.ts';
import type { CandleUpdate } from '../../src/services/exchanges/port/market-data.ts';
import type { MarketRules } from '../../src/services/exchanges/port/market-rules.ts';
import type { Unsubscribe } from '../../src/services/exchanges/port/subscription.ts';
import type { Candle, Candles } from '../../src/trading/candle.ts';
import { candlesOf } from '../../src/trading/series.ts';
import type { Dice } from './dice.ts';
import { CandleFault, type Faults } from './faults.ts';
import type { Gate } from './gate.ts';

export const candleMs = 60_000;
const candlesBefore = 540;
/** Rules are asked for again when they are older than this. */
const oldMs = 4 * 60_000;

/** Minute candles of one restless market, and whoever listens to them. */
export class CandleMarket {
  readonly closed: Candle[] = [];
  price: number;
  private readonly dice: Dice;
  private readonly now: () => number;
  private readonly faults: Faults;
  private readonly listeners = new Set<(update: CandleUpdate) => void>();
  private readonly rulesNow: () => MarketRules;
  /** As they were told last: who does not doubt them is told the same for a while. */
  private told: { readonly rules: MarketRules; readonly at: number } | undefined;
  private forming: Candle;

  constructor(rulesNow: () => MarketRules, dice: Dice, now: () => number, faults: Faults) {
    this.rulesNow = rulesNow;
    this.dice = dice;
    this.now = now;
    this.faults = faults;
    this.price = dice.between(20_000, 30_000);
    const start = Math.floor(now() / candleMs) * candleMs;
    this.forming = this.opened(start - candlesBefore * candleMs);
    for (let i = 0; i < candlesBefore; i++) {
      for (let tick = 0; tick < 4; tick++) this.follow();
      this.close();
    }
  }

  /** The next price; closes the candle when its minute is over. */
  tick(): void {
    while (this.now() >= this.forming.openTime + candleMs) {
      const candle = this.forming;
      this.close();
      const fault = this.faults.strikes(Object.values(CandleFault));
      if (fault !== CandleFault.MISSED) this.tell({ candle, isClosed: true });
      if (fault === CandleFault.DOUBLED) this.tell({ candle, isClosed: true });
    }
    this.follow();
    this.tell({ candle: this.forming, isClosed: false });
  }

  /** Whoever asks next is told the rules as they are. */
  forgetRules(): void {
    this.told = undefined;
  }

  private follow(): void {
    const jump = this.dice.chance(0.03) ? 0.01 : 0.0015;
    this.price = Math.round(this.price * (1 + (this.dice.roll() - 0.5) * 2 * jump) * 100) / 100;
    const { openTime, open, high, low, volume } = this.forming;
    const { price } = this;
    this.forming = {
      openTime,
      open,
      high: Math.max(high, price),
      low: Math.min(low, price),
      close: price,
      volume: volume + 1,
    };
  }

  private opened(openTime: number): Candle {
    const { price } = this;
    return { openTime, open: price, high: price, low: price, close: price, volume: 1 };
  }

  private close(): void {
    this.closed.push(this.forming);
    this.forming = this.opened(this.forming.openTime + candleMs);
  }

  private tell(update: CandleUpdate): void {
    for (const listener of this.listeners) listener(update);
  }

  private async between(from: number, to: number): Promise<Candles> {
    const end = Math.min(to, this.now());
    return candlesOf(this.closed.filter(({ openTime }) => openTime >= from && openTime < to && openTime + candleMs <= end));
  }

  /** The market as one process sees it. */
  seenBy(gate: Gate): BotMarket {
    return {
      name: 'sim',
      now: () => this.now(),
      markets: async (isDoubted = false) => {
        await gate.pass();
        if (isDoubted || this.told === undefined || this.now() - this.told.at > oldMs)
          this.told = { rules: this.rulesNow(), at: this.now() };
        return [this.told.rules];
      },
      history: async (_symbol, _timeframe, from, to) => {
        await gate.pass();
        return this.between(from, to);
      },
      subscribeCandles: (_symbol, _timeframe, listener): Unsubscribe => {
        const heard = (update: CandleUpdate): void => gate.run(() => listener(update));
        this.listeners.add(heard);
        return () => this.listeners.delete(heard);
      },
    };
  }
}
