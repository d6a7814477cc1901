import { expect, it } from 'vitest';
import { ExitReason } from '../../src/trading/position.ts';
import type { SessionTrade } from '../../src/trading/session-types.ts';
import { TradeFigure, TradeLog } from '../../src/trading/trade-log.ts';

const reasons = Object.values(ExitReason);

/** A round trip of which each figure tells from which one it is. */
const tradeOf = (number: number): SessionTrade => ({
  side: number % 2 ? 'LONG' : 'SHORT',
  quantity: number + 0.1,
  entryIndex: number,
  exitIndex: number + 1,
  entryTime: number * 1_000,
  exitTime: number * 1_000 + 1,
  entryPrice: number + 0.2,
  exitPrice: number + 0.3,
  fees: number + 0.4,
  funding: number + 0.5,
  pnl: number + 0.6,
  pnlPercent: number + 0.7,
  exitReason: reasons[number % reasons.length],
  candles: number + 2,
  maePercent: number + 0.8,
  mfePercent: number + 0.9,
});
const trades = Array.from({ length: 600 }, (_, number) => tradeOf(number));

it('a log gives the round trips back as they were', () => {
  expect(TradeLog.of(trades).all()).toEqual(trades);
});

it('a log gives its round trips away once', () => {
  const log = TradeLog.of(trades.slice(0, 2));
  expect(log.take()).toEqual(trades.slice(0, 2));
  expect([log.length, log.take()]).toEqual([0, []]);
});

it('a column has one figure of all, and then what follows', () => {
  const log = TradeLog.of(trades.slice(0, 3));
  expect([...log.column(TradeFigure.PNL, [7])]).toEqual([0.6, 1.6, 2.6, 7]);
});
