import { errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import { deriveKey, keyIdOf } from './keys.ts';

/** What a signed access token says: whose it is, which sign-in it belongs to, and until when. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
}

/** How long an access token lives. */
export const accessTokenLifeMs = 15 * 60_000;

const issuer = 'candlewick';
const audience = 'candlewick-api';
const algorithm = 'HS256';
const type = 'at+jwt';

/**
 * Signs and reads short-lived access tokens: JWTs (RFC 9068 shape) under HMAC-SHA-256 with a key derived from the installation's
 * secret. They carry no role or scope: those are looked up, so that taking a right away does not wait for a token to expire.
 */
export class AccessTokens {
  readonly #clock: Clock;
  readonly #key: Uint8Array;
  readonly #keyId: string;

  constructor(secret: string, clock: Clock) {
    this.#clock = clock;
    this.#key = deriveKey(secret, 'access token signature v1');
    this.#keyId = keyIdOf(this.#key);
  }

  async sign(userId: string, sessionId: string): Promise<{ token: string; expiresAt: Date }> {
    const issuedAt = Math.floor(this.#clock.now().getTime() / 1000);
    const expiry = issuedAt + accessTokenLifeMs / 1000;
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: algorithm, typ: type, kid: this.#keyId })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiry)
      .sign(this.#key);
    return { token, expiresAt: new Date(expiry * 1000) };
  }

  /** The claims of a token that this installation signed and that has not expired; null for anything else. */
  async read(token: string): Promise<AccessClaims | null> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#key, {
        algorithms: [algorithm],
        typ: type,
        issuer,
        audience,
        currentDate: this.#clock.now(),
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
      });
      const { sub, sid, exp } = payload;
      if (protectedHeader.kid !== this.#keyId || typeof sub !== 'string' || typeof sid !== 'string' || exp === undefined)
        return null;
      return { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
      throw error;
    }
  }
}
