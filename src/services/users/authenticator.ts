import { LRUCache } from 'lru-cache';
import { AccessToken } from '../../entities/identity/AccessToken.ts';
import { RefreshToken } from '../../entities/identity/RefreshToken.ts';
import { User } from '../../entities/identity/User.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/index.ts';
import type { AccessTokens } from '../security/access-tokens.ts';
import { hashToken, isWellFormed, TokenKind } from '../security/opaque-tokens.ts';
import type { SessionRevocations } from '../security/revocations.ts';
import { Scope, type Viewer } from '../viewer.ts';

/** What each role may do at the most. */
const roleScopes: Readonly<Record<Viewer['role'], readonly Scope[]>> = {
  ADMIN: [Scope.READ, Scope.TRADE, Scope.ADMIN],
  TRADER: [Scope.READ, Scope.TRADE],
  VIEWER: [Scope.READ],
};

const implied: Readonly<Record<Scope, readonly Scope[]>> = {
  READ: [Scope.READ],
  TRADE: [Scope.READ, Scope.TRADE],
  ADMIN: [Scope.READ, Scope.TRADE, Scope.ADMIN],
};

/** Another process may revoke too: what is remembered here is looked up again so often. */
const rememberMs = 1000;
/** `lastUsedAt` is written at most once in so long. */
const usedEveryMs = 60_000;

/** Finds out whose token it is. Remembers for a second, and forgets at once what is revoked in this process. */
export class Authenticator {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #accessTokens: AccessTokens;
  readonly #known = new LRUCache<string, { viewer: Viewer; until: number }>({ max: 10_000 });
  readonly #used = new LRUCache<string, number>({ max: 10_000 });

  constructor(database: Database, clock: Clock, accessTokens: AccessTokens, revocations: SessionRevocations) {
    this.#database = database;
    this.#clock = clock;
    this.#accessTokens = accessTokens;
    revocations.onRevoked(() => this.#known.clear());
  }

  /** The viewer of a token; null when it is expired, revoked or not one of ours. */
  async authenticate(token: string): Promise<Viewer | null> {
    const key = hashToken(token);
    const now = this.#clock.now().getTime();
    const known = this.#known.get(key);
    if (known && known.until > now && (!known.viewer.expiresAt || known.viewer.expiresAt.getTime() > now)) return known.viewer;
    const viewer = isWellFormed(TokenKind.PERSONAL, token) ? await this.#personal(key, now) : await this.#session(token);
    if (viewer) this.#known.set(key, { viewer, until: now + rememberMs });
    else this.#known.delete(key);
    return viewer;
  }

  async #session(token: string): Promise<Viewer | null> {
    const claims = await this.#accessTokens.read(token);
    if (!claims) return null;
    const { userId, sessionId, expiresAt } = claims;
    const rows = this.#database.systemRows();
    const living = await rows.first(RefreshToken, {
      fields: ['id'],
      where: { familyId: { eq: sessionId }, userId: { eq: userId }, revokedAt: { isNull: true } },
    });
    if (!living) return null;
    const user = await rows.find(User, userId, ['role', 'isActive']);
    return user?.isActive ? { userId, role: user.role, scopes: roleScopes[user.role], sessionId, expiresAt } : null;
  }

  async #personal(tokenHash: string, now: number): Promise<Viewer | null> {
    const rows = this.#database.systemRows();
    const token = await rows.first(AccessToken, {
      fields: ['id', 'userId', 'scopes', 'expiresAt', 'lastUsedAt'],
      where: { tokenHash: { eq: tokenHash }, revokedAt: { isNull: true } },
    });
    if (!token || (token.expiresAt && token.expiresAt.getTime() <= now)) return null;
    const user = await rows.find(User, token.userId, ['role', 'isActive']);
    if (!user?.isActive) return null;
    await this.#touch(token.id, token.lastUsedAt, now);
    const granted = new Set(token.scopes.flatMap((scope) => implied[scope]));
    const scopes = roleScopes[user.role].filter((scope) => granted.has(scope));
    return {
      userId: token.userId,
      role: user.role,
      scopes,
      tokenId: token.id,
      ...(token.expiresAt ? { expiresAt: token.expiresAt } : {}),
    };
  }

  async #touch(id: string, last: Date | null, now: number): Promise<void> {
    const written = Math.max(last?.getTime() ?? 0, this.#used.get(id) ?? 0);
    if (now - written < usedEveryMs) return;
    this.#used.set(id, now);
    await this.#database.transaction((em) => em.nativeUpdate(AccessToken, { id }, { lastUsedAt: new Date(now) }));
  }
}
