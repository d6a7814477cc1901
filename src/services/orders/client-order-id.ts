import { createHmac } from 'node:crypto';

const alphabet = '0123456789abcdefghijklmnopqrstuv';

/** Begins every client order id of ours, by which our orders are told from foreign ones. */
export const clientOrderIdPrefix = 'cw';

/**
 * The id under which an order is known to the exchange: the same signal always has the same one, so that after a crash it can be
 * asked whether the order exists; and nobody without the installation's secret can predict it or make one that collides.
 * Prefix and HMAC-SHA-256 of the signal, in base32, cut to the venue's length but never under 64 bits.
 * @param key 32 bytes for this purpose only
 * @param maxLength what the venue takes: Binance and Bybit 36 characters, Kraken 18
 * @throws RangeError when the venue's ids are too short to be unique
 */
export function clientOrderId(key: Uint8Array, botId: string, signalKey: string, maxLength = 28): string {
  const room = Math.min(maxLength - clientOrderIdPrefix.length, 26);
  if (room < 13) throw new RangeError(`client order ids of ${maxLength} characters cannot be unique, at least 15 are needed`);
  const digest = createHmac('sha256', key).update(botId).update(':').update(signalKey).digest();
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
    if (text.length >= room) break;
  }
  return clientOrderIdPrefix + text.slice(0, room);
}
