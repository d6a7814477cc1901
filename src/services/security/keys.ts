import { createHash, hkdfSync } from 'node:crypto';

/** Shortest installation secret, in characters: 32 random hexadecimal digits carry 128 bits. */
const minimumSecretLength = 32;

/**
 * Derives one 256-bit key per purpose from the installation's secret (HKDF-SHA-256, RFC 5869), so that a key that signs tokens can
 * never be used for anything else. The same secret and purpose always give the same key.
 * @throws RangeError when the secret is shorter than {@link minimumSecretLength}; the message does not repeat it
 */
export function deriveKey(secret: string, purpose: string): Uint8Array {
  if (secret.length < minimumSecretLength)
    throw new RangeError(`CANDLEWICK_SECRET has ${secret.length} characters, the minimum is ${minimumSecretLength}`);
  return new Uint8Array(hkdfSync('sha256', secret, 'candlewick', purpose, 32));
}

/** A short public name for a key, told in what it signs; it reveals nothing about the key. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('key id').update(key).digest('base64url').slice(0, 12);
}
