import { RefreshToken } from '../../entities/identity/RefreshToken.ts';
import { User } from '../../entities/identity/User.ts';
import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { AccessTokens } from '../security/access-tokens.ts';
import { hashToken, isWellFormed, mintToken, TokenKind } from '../security/opaque-tokens.ts';
import type { Revocations } from '../security/revocations.ts';
import { audit } from '../security/audit.ts';
import type { RequestOrigin } from './origin.ts';

/** How long a sign-in lasts without being used. */
const refreshLifeMs = 30 * 24 * 3_600_000;

/** What a sign-in hands out. */
export interface TokenPair {
  readonly userId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
}

/** Sign-ins: families of refresh tokens, each rotated at every use. A spent one that is used again was stolen, so its family ends. */
export class Sessions {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #accessTokens: AccessTokens;
  readonly #revocations: Revocations;

  constructor(database: Database, clock: Clock, accessTokens: AccessTokens, revocations: Revocations) {
    this.#database = database;
    this.#clock = clock;
    this.#accessTokens = accessTokens;
    this.#revocations = revocations;
  }

  /** Begins a session inside the caller's transaction. */
  async begin(em: EntityManager, userId: string, origin: RequestOrigin, familyId: string = newId()): Promise<TokenPair> {
    const refreshToken = mintToken(TokenKind.REFRESH);
    em.create(
      RefreshToken,
      {
        user: em.getReference(User, userId, { wrapped: true }),
        tokenHash: hashToken(refreshToken),
        familyId,
        expiresAt: new Date(this.#clock.now().getTime() + refreshLifeMs),
        userAgent: origin.userAgent?.slice(0, 500) ?? null,
        ip: origin.address?.slice(0, 64) ?? null,
      },
      { persist: true },
    );
    const { token, expiresAt } = await this.#accessTokens.sign(userId, familyId);
    return { userId, accessToken: token, accessTokenExpiresAt: expiresAt, refreshToken };
  }

  /**
   * Exchanges a refresh token for a new pair. Of two at once exactly one gets it; the other is a reuse and ends the session.
   * @throws DomainError TOKEN_EXPIRED for anything but the newest token of a living session
   */
  async rotate(refreshToken: string, origin: RequestOrigin): Promise<TokenPair> {
    const gone = new DomainError('TOKEN_EXPIRED', 'the refresh token is unknown, expired or used already: sign in again', {
      path: ['input', 'refreshToken'],
    });
    if (!isWellFormed(TokenKind.REFRESH, refreshToken)) throw gone;
    const now = this.#clock.now();
    const outcome = await this.#database.transaction(async (em) => {
      const row = await em.findOne(RefreshToken, { tokenHash: hashToken(refreshToken) });
      if (!row || row.expiresAt <= now) return null;
      // One statement decides who was first.
      const won = await em.nativeUpdate(RefreshToken, { id: row.id, revokedAt: null }, { revokedAt: now });
      const user = await em.findOne(User, { id: row.user.id });
      if (won === 1 && user?.isActive) return this.begin(em, row.user.id, origin, row.familyId);
      const ended = await em.nativeUpdate(RefreshToken, { familyId: row.familyId, revokedAt: null }, { revokedAt: now });
      // A family that was signed out is over already: an old token of it is late, not stolen.
      if (ended > 0)
        audit(em, {
          userId: row.user.id,
          type: 'REFRESH_TOKEN_REUSED',
          at: now,
          ip: origin.address,
          details: { familyId: row.familyId },
        });
      return { ended: row.familyId };
    });
    if (outcome === null) throw gone;
    if ('ended' in outcome) {
      this.#revocations.announce({ sessionId: outcome.ended });
      throw gone;
    }
    return outcome;
  }

  /** Ends one session inside the caller's transaction; `announce` after the commit. */
  async end(em: EntityManager, familyId: string): Promise<void> {
    await em.nativeUpdate(RefreshToken, { familyId, revokedAt: null }, { revokedAt: this.#clock.now() });
  }

  /** Ends every session of a person but one, likewise. */
  async endAll(em: EntityManager, userId: string, except?: string): Promise<void> {
    const others = except === undefined ? {} : { familyId: { $ne: except } };
    await em.nativeUpdate(RefreshToken, { user: userId, revokedAt: null, ...others }, { revokedAt: this.#clock.now() });
  }
}
