import { describe, expect, it } from 'vitest';
import { readSpec } from '../../src/trading/backtest.ts';
import type { Candle } from '../../src/trading/candle.ts';
import { Matcher } from '../../src/trading/matcher.ts';
import { candleAt, emptyCandles } from '../../src/trading/series.ts';
import { type Execution, type SessionEffect, TradingSession } from '../../src/trading/session.ts';
import { Decision, defineStrategy, Signal, type StrategyDefinition } from '../../src/trading/strategy.ts';
import { candlesOf, closesOf, hour, plain, scripted, start } from './support/builders.ts';

/** Wants what the volume of the candle says: the test's way of giving orders to a running session. */
const obedient = defineStrategy({
  name: 'obedient',
  description: 'Reads its orders off the volume.',
  parameters: {},
  indicators: () => ({}),
  lookBack: 0,
  reverses: true,
  signals:
    ({ candles }) =>
    (from, to, out) => {
      for (let i = from; i < to; i++) out[i] = candles.volume[i];
    },
});

class Bench {
  readonly session: TradingSession;
  #hours = 0;

  constructor(options: object = {}, strategy: StrategyDefinition = obedient) {
    this.session = TradingSession.onHistory(readSpec({ ...plain, strategy, ...options }), emptyCandles(0));
  }

  candle(signal: number, close = 100, stale = false): readonly SessionEffect[] {
    const candle: Candle = {
      openTime: start + this.#hours++ * hour,
      open: close,
      high: close,
      low: close,
      close,
      volume: signal,
    };
    return this.session.handle({ type: 'CANDLE_CLOSED', candle, stale });
  }

  fill(leg: 'ENTRY' | 'EXIT', quantity: number, price: number, more: Partial<Execution> = {}): readonly SessionEffect[] {
    const execution: Execution = {
      leg,
      positionSide: 'LONG',
      price,
      quantity,
      fee: 0,
      liquidity: 'TAKER',
      reason: null,
      at: start + this.#hours * hour,
      complete: true,
      ...more,
    };
    return this.session.handle({ type: 'EXECUTION', execution });
  }
}

const types = (effects: readonly SessionEffect[]): string[] =>
  effects.map((effect) => (effect.type === 'NONE' ? effect.reason : effect.type));

describe('a running session', () => {
  it('is flat once the rest is given up as dust; what it cost is lost', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1.999, 100, { fee: 0.1 });
    bench.candle(Signal.EXIT_LONG);
    const before = bench.session.balance;
    const effects = bench.fill('EXIT', 1.99, 110, { dust: 0.009 });
    expect(bench.session.position.side).toBe(0);
    expect(bench.session.balance).toBeCloseTo(before + 1.99 * 10 - 0.9, 10);
    expect(effects[0]).toMatchObject({ type: 'CLOSED', trade: { exitPrice: 110 } });
    const [closed] = effects;
    expect(closed.type === 'CLOSED' && closed.trade.pnl).toBeCloseTo(1.99 * 10 - 0.9 - 0.1, 10);
  });

  it('is flat once everything was given up, as nothing of it could be sold', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 0.5, 100);
    const before = bench.session.balance;
    const effects = bench.fill('EXIT', 0, 90, { dust: 0.5, reason: 'MANUAL' });
    expect(effects[0]).toMatchObject({ type: 'CLOSED', trade: { pnl: -50, exitPrice: 90, exitReason: 'MANUAL' } });
    expect(bench.session.balance).toBe(before - 50);
  });

  it('pays funding out of its balance, and tells it with the round trip, over a restart too', () => {
    const bench = new Bench({ marketType: 'FUTURES' });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 2, 100);
    const before = bench.session.balance;
    expect(types(bench.session.handle({ type: 'FUNDED', paid: 1.5 }))).toEqual(['HOLD']);
    const later = new Bench({ marketType: 'FUTURES' });
    later.session.restore(bench.session.state());
    later.session.handle({ type: 'FUNDED', paid: -0.5 });
    const [closed] = later.fill('EXIT', 2, 110, { reason: 'SIGNAL' });
    expect(closed).toMatchObject({ type: 'CLOSED', trade: { funding: 1, pnl: 19 } });
    expect(later.session.balance).toBe(before - 1 + 20);
  });

  it('asks for an entry, protects it when it is filled, and tells the round trip when it is over', () => {
    const bench = new Bench({ stopLossPercent: 5, takeProfitPercent: 10 });
    expect(types(bench.candle(Signal.NONE))).toEqual(['HOLD']);
    expect(bench.candle(Signal.ENTER_LONG)).toEqual([
      {
        type: 'SUBMIT',
        order: {
          leg: 'ENTRY',
          positionSide: 'LONG',
          side: 'BUY',
          type: 'MARKET',
          price: null,
          quantity: null,
          referencePrice: 100,
          reason: null,
          candleTime: start + hour,
          stop: null,
          target: null,
        },
      },
    ]);
    expect(bench.session.entryQuantity(101)).toBe(9.90099009);
    expect(bench.fill('ENTRY', 9.9, 101)).toEqual([
      {
        type: 'PROTECT',
        protection: {
          positionSide: 'LONG',
          quantity: 9.9,
          stop: 95.95,
          stopReason: 'STOP_LOSS',
          target: 111.1,
          liquidation: null,
        },
      },
    ]);
    expect(bench.candle(Signal.EXIT_LONG, 105)).toMatchObject([
      { type: 'SUBMIT', order: { leg: 'EXIT', side: 'SELL', quantity: 9.9, reason: 'SIGNAL' } },
    ]);
    const effects = bench.fill('EXIT', 9.9, 106, { fee: 1 });
    expect(types(effects)).toEqual(['CLOSED', 'PROTECT']);
    expect(effects).toMatchObject([
      { trade: { entryPrice: 101, exitPrice: 106, quantity: 9.9, fees: 1, exitReason: 'SIGNAL' } },
      { protection: null },
    ]);
    expect(bench.session.balance).toBeCloseTo(1_000 + 9.9 * 5 - 1, 10);
    expect(bench.session.closed.length).toBe(0);
  });

  it.each(['LIMIT', 'STOP'] as const)('refuses to enter by %s orders, which it cannot keep yet', (entryType) => {
    const plan = readSpec({ ...plain, strategy: 'ema-rsi', entryType });
    expect(() => TradingSession.onHistory(plan, emptyCandles(0))).toThrowError(
      expect.objectContaining({
        name: 'ParameterError',
        path: ['entryType'],
        message: `a bot enters at the market: entryType ${entryType} is for backtests only`,
      }),
    );
  });

  it('does nothing while it warms up, and says so', () => {
    const session = TradingSession.onHistory(readSpec({ ...plain, strategy: 'ema-rsi' }), closesOf([1, 2, 3]));
    const candle = { ...candleAt(closesOf([1, 2, 3, 4]), 3) };
    expect(types(session.handle({ type: 'CANDLE_CLOSED', candle }))).toEqual(['WARMING_UP']);
  });

  it('waits for its order before it decides again', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    expect(types(bench.candle(Signal.ENTER_LONG))).toEqual(['ORDER_PENDING']);
  });

  it('an order that ended without a fill leaves it free to try again', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    expect(types(bench.session.handle({ type: 'ORDER_ENDED', leg: 'ENTRY' }))).toEqual(['HOLD']);
    expect(types(bench.candle(Signal.ENTER_LONG))).toEqual(['SUBMIT']);
  });

  it('an entry filled in parts is one position at its average price, protected at every step', () => {
    const bench = new Bench({ stopLossPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    expect(bench.fill('ENTRY', 1, 100, { complete: false, fee: 0.5 })).toMatchObject([{ protection: { quantity: 1, stop: 90 } }]);
    expect(bench.session.pending).not.toBeNull();
    expect(bench.fill('ENTRY', 3, 104, { fee: 1.5 })).toMatchObject([{ protection: { quantity: 4, stop: 92.7 } }]);
    expect([bench.session.pending, bench.session.position.entryPrice, bench.session.balance]).toEqual([null, 103, 998]);
  });

  it('an entry of which only a part was filled stays a position of that part', () => {
    const bench = new Bench({ stopLossPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100, { complete: false });
    expect(bench.session.handle({ type: 'ORDER_ENDED', leg: 'ENTRY' })).toMatchObject([
      { type: 'PROTECT', protection: { quantity: 1 } },
    ]);
    expect(types(bench.candle(Signal.EXIT_LONG))).toEqual(['SUBMIT']);
  });

  it('an exit filled in parts is one round trip', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 3, 100);
    bench.candle(Signal.EXIT_LONG);
    expect(types(bench.fill('EXIT', 1, 110, { complete: false }))).toEqual(['PROTECT']);
    const effects = bench.fill('EXIT', 2, 104);
    expect(effects[0]).toMatchObject({ type: 'CLOSED', trade: { quantity: 3, exitPrice: 106, pnl: 18 } });
    expect(bench.session.pending).toBeNull();
  });

  it('what is entered after a part was sold again does not change the profit of that part', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 2, 100, { complete: false });
    bench.fill('EXIT', 1, 110, { reason: 'STOP_LOSS', complete: false });
    bench.fill('ENTRY', 1, 120);
    expect([bench.session.position.entryPrice, bench.session.balance, bench.session.equity(120)]).toEqual([110, 1_010, 1_030]);
    const later = new Bench();
    later.session.restore(JSON.parse(JSON.stringify(bench.session.state())));
    for (const { fill } of [bench, later].map((one) => ({ fill: () => one.fill('EXIT', 2, 130, { reason: 'MANUAL' }) }))) {
      const [closed] = fill();
      // 320 paid for three, 370 got for them.
      expect(closed).toMatchObject({ type: 'CLOSED', trade: { quantity: 3, pnl: 50, entryPrice: 320 / 3, exitPrice: 370 / 3 } });
    }
  });

  it('an exit of which only a part was filled is asked for again', () => {
    const bench = new Bench({ stopLossPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 3, 100);
    bench.candle(Signal.EXIT_LONG);
    bench.fill('EXIT', 1, 100, { complete: false });
    expect(bench.session.handle({ type: 'ORDER_ENDED', leg: 'EXIT' })).toMatchObject([
      { type: 'PROTECT', protection: { quantity: 2 } },
    ]);
    expect(bench.candle(Signal.EXIT_LONG)).toMatchObject([{ type: 'SUBMIT', order: { leg: 'EXIT', quantity: 2 } }]);
  });

  it('an exit order that is complete without emptying the position is over', () => {
    const bench = new Bench({ stopLossPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 3, 100);
    bench.candle(Signal.EXIT_LONG);
    expect(types(bench.fill('EXIT', 1, 100))).toEqual(['PROTECT']);
    expect(bench.candle(Signal.EXIT_LONG)).toMatchObject([{ type: 'SUBMIT', order: { quantity: 2 } }]);
  });

  it('a stop that is filled in part leaves an exit under way as it is', () => {
    const bench = new Bench({ stopLossPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 3, 100);
    bench.candle(Signal.EXIT_LONG);
    bench.fill('EXIT', 1, 90, { reason: 'STOP_LOSS', complete: false });
    expect(types(bench.candle(Signal.EXIT_LONG))).toEqual(['ORDER_PENDING']);
  });

  it('a protective order filled at the exchange closes the position for its reason', () => {
    const bench = new Bench({ stopLossPercent: 5 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100);
    expect(bench.fill('EXIT', 1, 95, { reason: 'STOP_LOSS' })[0]).toMatchObject({ trade: { exitReason: 'STOP_LOSS', pnl: -5 } });
  });

  it.each([
    ['an exit of nothing', 0, 1],
    ['an exit of more than is held', 2, 3],
  ])('%s is refused', (_name, held, sold) => {
    const bench = new Bench();
    if (held > 0) {
      bench.candle(Signal.ENTER_LONG);
      bench.fill('ENTRY', held, 100);
    }
    expect(() => bench.fill('EXIT', sold, 100)).toThrow(`an exit of ${sold} was filled, but the position holds ${held}`);
    expect(bench.session.position.quantity).toBe(held);
  });

  it('moves the trailing stop at the close of a candle and tells it', () => {
    const bench = new Bench({ trailingStopPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100);
    expect(bench.candle(Signal.NONE, 120)).toEqual([
      {
        type: 'PROTECT',
        protection: {
          positionSide: 'LONG',
          quantity: 1,
          stop: 108,
          stopReason: 'TRAILING_STOP',
          target: null,
          liquidation: null,
        },
      },
    ]);
    expect(types(bench.candle(Signal.NONE, 115))).toEqual(['HOLD']);
  });

  it.each([
    ['the stop', 95, 'STOP_LOSS'],
    ['the target', 110, 'TAKE_PROFIT'],
  ])('a price at %s asks for the exit, once', (_name, price, reason) => {
    const bench = new Bench({ stopLossPercent: 5, takeProfitPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100);
    const tick = (at: number): readonly SessionEffect[] =>
      bench.session.handle({ type: 'TICK', price: at, at: start + 5 * hour });
    expect(types(tick(100))).toEqual(['HOLD']);
    expect(tick(price)).toMatchObject([{ type: 'SUBMIT', order: { leg: 'EXIT', reason, referencePrice: price } }]);
    expect(types(tick(price))).toEqual(['ORDER_PENDING']);
  });

  it.each([
    ['the stop', 105, 'STOP_LOSS'],
    ['the target', 90, 'TAKE_PROFIT'],
  ])('a price at %s of a short does, too', (_name, price, reason) => {
    const bench = new Bench({ marketType: 'FUTURES', stopLossPercent: 5, takeProfitPercent: 10 });
    bench.candle(Signal.ENTER_SHORT);
    bench.fill('ENTRY', 1, 100, { positionSide: 'SHORT' });
    expect(bench.session.handle({ type: 'TICK', price, at: start })).toMatchObject([
      { type: 'SUBMIT', order: { side: 'BUY', reason } },
    ]);
  });

  it('reverses: the exit first, the entry when it is filled, sized by what is left', () => {
    const bench = new Bench({ marketType: 'FUTURES' });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 10, 100);
    expect(bench.candle(Signal.ENTER_SHORT, 90)).toMatchObject([{ type: 'SUBMIT', order: { leg: 'EXIT' } }]);
    expect(types(bench.fill('EXIT', 10, 90))).toEqual(['CLOSED', 'PROTECT', 'SUBMIT']);
    expect([bench.session.pending?.positionSide, bench.session.entryQuantity(90)]).toEqual(['SHORT', 10]);
  });

  it('closes by hand, whatever the strategy wants', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 2, 100);
    const close = (): readonly SessionEffect[] => bench.session.handle({ type: 'CLOSE_POSITION', reason: 'MANUAL', price: 99 });
    expect(close()).toMatchObject([
      {
        type: 'SUBMIT',
        order: { leg: 'EXIT', quantity: 2, reason: 'MANUAL', referencePrice: 99, candleTime: bench.session.lastOpenTime },
      },
    ]);
    expect(types(close())).toEqual(['ORDER_PENDING']);
    expect(bench.fill('EXIT', 2, 99)[0]).toMatchObject({ trade: { exitReason: 'MANUAL' } });
    expect(types(close())).toEqual(['HOLD']);
  });

  it('cancels an entry that is still under way when it is closed by hand', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    expect(bench.session.handle({ type: 'CLOSE_POSITION', reason: 'RISK_LIMIT', price: 99 })).toEqual([
      { type: 'CANCEL', leg: 'ENTRY' },
    ]);
  });

  it('while paused enters nothing, but still leaves', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100);
    bench.session.paused = true;
    expect(types(bench.candle(Signal.EXIT_LONG))).toEqual(['SUBMIT']);
    bench.fill('EXIT', 1, 100);
    expect(types(bench.candle(Signal.ENTER_LONG))).toEqual(['PAUSED']);
    expect(bench.session.refusals).toEqual({ PAUSED: 1 });
  });

  it('a refused entry is told with its reason', () => {
    const bench = new Bench({ maxDailyTrades: 1 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100);
    bench.candle(Signal.EXIT_LONG);
    bench.fill('EXIT', 1, 100);
    expect(types(bench.candle(Signal.ENTER_LONG))).toEqual(['DAILY_TRADES_LIMIT']);
    expect(bench.session.dailyTrades).toBe(1);
  });

  it('knows the profit of the day, open profit included', () => {
    const bench = new Bench();
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 10, 100);
    bench.candle(Signal.NONE, 103);
    expect(bench.session.dailyPnl).toBe(30);
  });

  it('follows candles that closed while nobody watched, without acting on them', () => {
    const bench = new Bench({ trailingStopPercent: 10 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100);
    expect(types(bench.candle(Signal.EXIT_LONG, 150, true))).toEqual(['PROTECT']);
    expect(bench.session.position.stop).toBe(135);
    expect(types(bench.candle(Signal.ENTER_LONG, 150, true))).toEqual(['STALE']);
  });

  it('refuses a candle that does not follow the newest one', () => {
    const bench = new Bench();
    bench.candle(Signal.NONE);
    const again = { openTime: start, open: 1, high: 1, low: 1, close: 1, volume: 0 };
    expect(() => bench.session.handle({ type: 'CANDLE_CLOSED', candle: again })).toThrow('does not follow the newest one');
  });

  it.each([
    ['a pause after an exit', { cooldownCandles: 4 }, 'COOLDOWN'],
    ['stops that were hit', { stopLossGuardCount: 1, stopLossGuardCandles: 4 }, 'STOP_LOSS_GUARD'],
  ] as const)('remembers %s over a restart, and for how long', (_name, limits, reason) => {
    const bench = new Bench(limits);
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 1, 100);
    bench.candle(Signal.NONE);
    bench.fill('EXIT', 1, 100, { reason: 'STOP_LOSS' });
    bench.candle(Signal.NONE);
    const later = new Bench(limits);
    later.session.restore(JSON.parse(JSON.stringify(bench.session.state())));
    const answers = Array.from({ length: 5 }, () => types(later.candle(Signal.ENTER_LONG))[0]);
    expect(answers).toEqual([reason, reason, reason, 'SUBMIT', 'ORDER_PENDING']);
  });

  it('goes on after a restart with its pending order, its halt and its day', () => {
    const bench = new Bench({ maxDrawdownPercent: 20, stopLossPercent: 50 });
    bench.candle(Signal.ENTER_LONG);
    bench.fill('ENTRY', 10, 100);
    bench.candle(Signal.NONE, 70);
    bench.candle(Signal.EXIT_LONG, 70);
    const stored = JSON.parse(JSON.stringify(bench.session.state()));

    const later = new Bench({ maxDrawdownPercent: 20, stopLossPercent: 50 });
    later.session.restore(stored);
    expect(later.session.state()).toEqual(bench.session.state());
    expect([later.session.halted, later.session.pending?.leg]).toEqual([true, 'EXIT']);
    later.fill('EXIT', 10, 70);
    expect(types(later.candle(Signal.ENTER_LONG))).toEqual(['DRAWDOWN_HALT']);
    later.session.releaseHalt();
    expect(types(later.candle(Signal.ENTER_LONG))).toEqual(['SUBMIT']);
  });

  it.each([
    ['long', Signal.ENTER_LONG, 'LONG', 1],
    ['short', Signal.ENTER_SHORT, 'SHORT', 1_000],
  ] as const)('a %s without a stop has none after a restart either', (_name, signal, positionSide, price) => {
    const bench = new Bench({ marketType: 'FUTURES' });
    bench.candle(signal);
    bench.fill('ENTRY', 1, 100, { positionSide });
    const later = new Bench({ marketType: 'FUTURES' });
    later.session.restore(JSON.parse(JSON.stringify(bench.session.state())));
    expect(later.session.position.stop).toBe(bench.session.position.stop);
    expect(types(later.session.handle({ type: 'TICK', price, at: start }))).toEqual(['HOLD']);
  });

  it('refuses a stored short position on spot', () => {
    const futures = new Bench({ marketType: 'FUTURES' });
    futures.candle(Signal.ENTER_SHORT);
    futures.fill('ENTRY', 1, 100, { positionSide: 'SHORT' });
    expect(() => new Bench().session.restore(futures.session.state())).toThrow(
      expect.objectContaining({
        message: 'the stored position is short, which SPOT does not allow',
        path: ['state', 'position', 'side'],
      }),
    );
  });

  it('an unknown fill still becomes the position it is', () => {
    const bench = new Bench({ marketType: 'FUTURES', stopLossPercent: 5 });
    expect(bench.fill('ENTRY', 2, 100, { positionSide: 'SHORT' })).toMatchObject([
      { protection: { positionSide: 'SHORT', stop: 105 } },
    ]);
  });

  it('hands each simulated fill over with its order', () => {
    const session = TradingSession.onHistory(
      readSpec({ ...plain, strategy: scripted({ 0: Signal.ENTER_LONG }), stopLossPercent: 5 }),
      emptyCandles(0),
    );
    const told: string[] = [];
    const matcher = new Matcher(session, { fillModel: 'PESSIMISTIC', targetGap: 'LEVEL' }, ({ leg, price, reason }, order) => {
      told.push(`${leg} ${price} ${reason} ${order?.leg ?? 'no order'}`);
    });
    const candles = candlesOf([
      [100, 100, 100, 100],
      [100, 101, 99, 100],
      [100, 100, 90, 92],
    ]);
    for (let i = 0; i < 3; i++) {
      const candle = candleAt(candles, i);
      matcher.candle(i, candles);
      session.handle({ type: 'CANDLE_CLOSED', candle });
    }
    expect(told).toEqual(['ENTRY 100 null ENTRY', 'EXIT 95 STOP_LOSS no order']);
  });

  it('a strategy that decides by itself sees its position', () => {
    const seen: string[] = [];
    const watcher = defineStrategy({
      name: 'watcher',
      description: 'Leaves after two candles.',
      parameters: {},
      indicators: () => ({}),
      lookBack: 0,
      decide:
        () =>
        (_index, { side, entryPrice, quantity, candles }, levels) => {
          seen.push(`${side} ${entryPrice} ${quantity} ${candles} ${levels.stop}`);
          levels.stop = 50;
          return side === 0 ? Decision.ENTER_LONG : candles >= 2 ? Decision.EXIT : Decision.HOLD;
        },
    });
    const bench = new Bench({}, watcher);
    bench.candle(0);
    expect(bench.fill('ENTRY', 3, 101)).toMatchObject([{ protection: { stop: 50 } }]);
    bench.candle(0);
    expect(types(bench.candle(0))).toEqual(['SUBMIT']);
    expect(seen).toEqual(['0 NaN 0 0 NaN', '1 101 3 1 NaN', '1 101 3 2 NaN']);
  });
});
