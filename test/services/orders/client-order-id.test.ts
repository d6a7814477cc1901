import { describe, expect, it } from 'vitest';
import { clientOrderId } from '../../../src/services/orders/client-order-id.ts';

const key = new Uint8Array(32).fill(1);

describe('a client order id', () => {
  it('is the same for the same signal, and another for any other', () => {
    const id = clientOrderId(key, 'bot-1', '1700000000000:ENTRY:0');
    expect(clientOrderId(key, 'bot-1', '1700000000000:ENTRY:0')).toBe(id);
    const others = [
      clientOrderId(key, 'bot-2', '1700000000000:ENTRY:0'),
      clientOrderId(key, 'bot-1', '1700000000000:ENTRY:1'),
      clientOrderId(key, 'bot-1', '1700000000000:EXIT:0'),
      clientOrderId(new Uint8Array(32).fill(2), 'bot-1', '1700000000000:ENTRY:0'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  it('begins with our prefix and has letters and digits only', () => {
    for (let i = 0; i < 200; i++) expect(clientOrderId(key, 'bot', String(i))).toMatch(/^cw[0-9a-v]{26}$/);
  });

  it('keeps to a shorter venue limit', () => {
    expect(clientOrderId(key, 'bot', 'signal', { maxLength: 18 })).toMatch(/^cw[0-9a-v]{16}$/);
  });

  it('is not made where it could not be unique', () => {
    expect(() => clientOrderId(key, 'bot', 'signal', { maxLength: 12 })).toThrow('12 characters');
  });

  it('spreads evenly: 20,000 signals, no collision, every digit at every place', () => {
    const ids = new Set(Array.from({ length: 20_000 }, (_, i) => clientOrderId(key, 'bot', String(i))));
    expect(ids.size).toBe(20_000);
    for (let place = 2; place < 28; place++) expect(new Set([...ids].map((id) => id[place])).size).toBeGreaterThanOrEqual(4);
  });
});
