import { describe, expect, it } from 'vitest';
import { canMoveOrder, isTerminal, moveOrder, OrderStatus, orderTransitions } from '../../src/trading/order.ts';

const all = Object.values(OrderStatus);

/** What the ledger's rules allow, written down a second time. */
const allowed: Readonly<Record<OrderStatus, string>> = {
  INTENT: 'SENT ABANDONED',
  SENT: 'ACCEPTED PARTIALLY_FILLED FILLED REJECTED UNKNOWN',
  UNKNOWN: 'ACCEPTED PARTIALLY_FILLED FILLED CANCELED EXPIRED REJECTED ABSENT',
  ACCEPTED: 'PARTIALLY_FILLED FILLED CANCELED EXPIRED',
  PARTIALLY_FILLED: 'FILLED CANCELED EXPIRED',
  FILLED: '',
  REJECTED: '',
  CANCELED: '',
  EXPIRED: '',
  ABSENT: '',
  ABANDONED: '',
};

describe('order states', () => {
  it.each(all)('from %s only the steps of the table are legal', (from) => {
    expect(all.filter((to) => canMoveOrder(from, to)).sort()).toEqual(allowed[from].split(' ').filter(Boolean).sort());
  });

  it('six states are final', () => {
    expect(all.filter(isTerminal).sort()).toEqual(['ABANDONED', 'ABSENT', 'CANCELED', 'EXPIRED', 'FILLED', 'REJECTED']);
  });

  it('an order that was handed to the exchange is never abandoned, and an unknown one never goes back', () => {
    expect(all.filter((from) => canMoveOrder(from, 'ABANDONED'))).toEqual(['INTENT']);
    expect(all.filter((from) => canMoveOrder(from, 'UNKNOWN'))).toEqual(['SENT']);
  });

  it('every state can be reached from the intent', () => {
    const seen = new Set<OrderStatus>(['INTENT']);
    for (const status of seen) for (const next of orderTransitions[status]) seen.add(next);
    expect([...seen].sort()).toEqual([...all].sort());
  });

  it('an illegal step throws and names what is possible', () => {
    expect(moveOrder('SENT', 'UNKNOWN')).toBe('UNKNOWN');
    expect(() => moveOrder('FILLED', 'CANCELED')).toThrow(
      'an order cannot go from FILLED to CANCELED; from FILLED it may go to nothing',
    );
    expect(() => moveOrder('INTENT', 'FILLED')).toThrow('from INTENT it may go to SENT, ABANDONED');
  });
});
