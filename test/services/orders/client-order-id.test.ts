import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { venueProfile } from '../../../src/services/exchanges/ccxt/venues.ts';
import { liveExchanges } from '../../../src/services/exchanges/live-exchanges.ts';
import { clientOrderId, clientOrderIdPrefix } from '../../../src/services/orders/client-order-id.ts';

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
    expect(clientOrderId(key, 'bot', 'signal', 18)).toMatch(/^cw[0-9a-v]{16}$/);
  });

  it.each(liveExchanges)('has the shape that %s takes, whatever the bot, the signal and the secret are', (exchange) => {
    const { clientOrderId: shape, clientOrderIdLength } = venueProfile(exchange)!;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), fc.string(), (secret, bot, signal) => {
        const id = clientOrderId(secret, bot, signal, clientOrderIdLength);
        expect(id).toMatch(shape);
        expect(id).toMatch(new RegExp(`^${clientOrderIdPrefix}[0-9a-v]{16,}$`));
        expect(clientOrderId(secret, bot, signal, clientOrderIdLength)).toBe(id);
      }),
    );
  });

  it('is not made where it could not be unique', () => {
    expect(() => clientOrderId(key, 'bot', 'signal', 12)).toThrow('12 characters');
  });

  it('spreads evenly: 20,000 signals, no collision, every digit at every place', () => {
    const ids = new Set(Array.from({ length: 20_000 }, (_, i) => clientOrderId(key, 'bot', String(i))));
    expect(ids.size).toBe(20_000);
    for (let place = 2; place < 28; place++) expect(new Set([...ids].map((id) => id[place])).size).toBeGreaterThanOrEqual(4);
  });
});
