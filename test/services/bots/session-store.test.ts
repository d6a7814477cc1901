import { describe, expect, it } from 'vitest';
import type { Order } from '../../../src/entities/trading/Order.ts';
import type { Trade } from '../../../src/entities/trading/Trade.ts';
import { executionOf } from '../../../src/services/bots/session-store.ts';
import { decimal } from '../../../src/trading/money.ts';
import type { OrderSide } from '../../../src/trading/order.ts';

describe('an execution as the session is told', () => {
  it.each<[side: OrderSide, feeCurrency: string, quantity: number]>([
    ['BUY', 'USDT', 2],
    ['BUY', 'BNB', 2],
    ['BUY', 'BTC', 1.998],
    ['SELL', 'USDT', 2],
    ['SELL', 'BTC', 2],
  ])('%s with its fee in %s moves the position by %d', (side, feeCurrency, quantity) => {
    const order = { side, reduceOnly: side === 'SELL', status: 'FILLED', exitReason: null } as Order;
    const trade = {
      side,
      price: decimal(100),
      amount: decimal(2),
      fee: decimal('0.002'),
      feeCurrency,
      feeInQuote: decimal('0.2'),
      liquidity: 'TAKER',
      executedAt: new Date(0),
    } as Trade;
    expect(executionOf(order, trade, 'BTC', null)).toMatchObject({ quantity, price: 100, fee: 0.2, complete: true });
  });
});
