import { describe, expect, it } from 'vitest';
import type { Order } from '../../../src/entities/trading/Order.ts';
import { WorkingOrders } from '../../../src/services/bots/working-orders.ts';
import { decimal } from '../../../src/trading/money.ts';

const order = (id: string, purpose: string): Order =>
  ({
    id,
    signalKey: `1:${purpose}:1`,
    stopPrice: purpose === 'STOP' ? decimal(9) : null,
    price: purpose === 'TARGET' ? decimal(12) : null,
    amount: decimal(1),
  }) as Order;

describe('a bot’s working orders', () => {
  it('are told apart by what they are for', () => {
    const orders = new WorkingOrders();
    for (const [id, purpose] of [
      ['a', 'ENTRY'],
      ['b', 'STOP'],
      ['c', 'TARGET'],
    ])
      expect(orders.add(order(id, purpose))).toBeUndefined();
    expect([orders.pending, orders.stop?.orderId, orders.target?.orderId]).toEqual(['a', 'b', 'c']);
    expect([orders.has('b'), orders.has('x')]).toEqual([true, false]);
    orders.remove('b');
    expect([orders.stop, orders.has('b')]).toEqual([undefined, false]);
  });

  it('keep the newest of two guards of one kind and name the other', () => {
    const orders = new WorkingOrders();
    orders.add(order('old', 'EXIT'));
    expect(orders.reset([order('s1', 'STOP'), order('t1', 'TARGET'), order('s2', 'STOP'), order('s3', 'STOP')])).toEqual([
      's1',
      's2',
    ]);
    expect([orders.pending, orders.stop?.orderId, orders.target?.orderId]).toEqual([undefined, 's3', 't1']);
    expect(orders.add(order('s3', 'STOP'))).toBeUndefined();
  });

  it('know nothing of orders that no signal made', () => {
    const orders = new WorkingOrders();
    expect(orders.add({ ...order('m', 'STOP'), signalKey: null } as Order)).toBeUndefined();
    expect(orders.has('m')).toBe(false);
  });
});
