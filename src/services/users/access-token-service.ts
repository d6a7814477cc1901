import { AccessToken } from '../../entities/identity/AccessToken.ts';
import { AuditEvent, type AuditEventType } from '../../entities/identity/AuditEvent.ts';
import { User } from '../../entities/identity/User.ts';
import type { Clock } from '../clock.ts';
import type { Count, Database, Page, PageArguments } from '../database/index.ts';
import { DomainError, notFound } from '../errors.ts';
import { hashToken, mintToken, TokenKind } from '../security/opaque-tokens.ts';
import type { Revocations } from '../security/revocations.ts';
import type { Scope, Viewer } from '../viewer.ts';
import { audit } from '../security/audit.ts';
import type { RequestOrigin } from './origin.ts';

/** A personal access token, without the token. */
export interface AccessTokenView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface AuditEventView {
  readonly id: string;
  readonly eventType: AuditEventType;
  readonly details: Record<string, unknown>;
  readonly ip: string | null;
  readonly occurredAt: Date;
}

const tokenFields = ['id', 'name', 'scopes', 'createdAt', 'expiresAt', 'lastUsedAt', 'revokedAt'] as const;
const eventFields = ['id', 'eventType', 'details', 'ip', 'occurredAt'] as const;
const longestName = 120;
const mostTokens = 100;

/** Personal access tokens for scripts, and the trail of what was done with an account. */
export class AccessTokenService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #revocations: Revocations;

  constructor(database: Database, clock: Clock, revocations: Revocations) {
    this.#database = database;
    this.#clock = clock;
    this.#revocations = revocations;
  }

  /**
   * Makes a token; `secret` is told this once and stored nowhere.
   * @throws DomainError INVALID (name, scopes, expiry), FORBIDDEN when it would reach further than the viewer's own
   */
  async create(
    viewer: Viewer,
    input: { name: string; scopes: readonly Scope[]; expiresAt?: Date | null | undefined },
    origin: RequestOrigin,
  ): Promise<{ token: AccessTokenView; secret: string }> {
    const name = input.name.trim();
    if (name.length < 1 || name.length > longestName)
      throw new DomainError('INVALID', `the name has ${name.length} characters, 1 to ${longestName} are allowed`, {
        path: ['input', 'name'],
      });
    const scopes = [...new Set(input.scopes)];
    if (scopes.length === 0) throw new DomainError('REQUIRED', 'a token needs at least one scope', { path: ['input', 'scopes'] });
    const beyond = scopes.find((scope) => !viewer.scopes.includes(scope));
    if (beyond)
      throw new DomainError('INVALID', `the scope ${beyond} is more than you have: ${viewer.scopes.join(', ')}`, {
        path: ['input', 'scopes'],
      });
    const now = this.#clock.now();
    if (input.expiresAt && input.expiresAt <= now)
      throw new DomainError('INVALID', `the expiry ${input.expiresAt.toISOString()} is in the past`, {
        path: ['input', 'expiresAt'],
      });
    const secret = mintToken(TokenKind.PERSONAL);
    const token = await this.#database.transaction(
      async (em) => {
        const living = await em.count(AccessToken, { revokedAt: null });
        if (living >= mostTokens)
          throw new DomainError(
            'INVALID',
            `an account may have ${mostTokens} access tokens, this one has ${living}: revoke some`,
            { path: ['input'] },
          );
        const row = em.create(
          AccessToken,
          {
            user: em.getReference(User, viewer.userId, { wrapped: true }),
            name,
            scopes,
            tokenHash: hashToken(secret),
            expiresAt: input.expiresAt ?? null,
          },
          { persist: true },
        );
        await em.flush();
        audit(em, {
          userId: viewer.userId,
          type: 'ACCESS_TOKEN_CREATED',
          at: now,
          ip: origin.address,
          details: { tokenId: row.id, name, scopes },
        });
        return row;
      },
      { userId: viewer.userId },
    );
    const { id, createdAt, expiresAt } = token;
    return { token: { id, name, scopes, createdAt, expiresAt, lastUsedAt: null, revokedAt: null }, secret };
  }

  /** Takes a token back at once. @throws DomainError NOT_FOUND */
  async revoke(viewer: Viewer, id: string, origin: RequestOrigin): Promise<AccessTokenView> {
    const now = this.#clock.now();
    const view = await this.#database.transaction(
      async (em) => {
        const token = await em.findOne(AccessToken, { id });
        if (!token) throw notFound('access token', id, ['input', 'id']);
        if (!token.revokedAt) {
          token.revokedAt = now;
          audit(em, {
            userId: viewer.userId,
            type: 'ACCESS_TOKEN_REVOKED',
            at: now,
            ip: origin.address,
            details: { tokenId: id },
          });
        }
        const { name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt } = token;
        return { id, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt };
      },
      { userId: viewer.userId },
    );
    this.#revocations.announce({ tokenId: id });
    return view;
  }

  async byIds(viewer: Viewer, ids: readonly string[]): Promise<AccessTokenView[]> {
    return [...(await this.#database.rows(viewer.userId).byIds(AccessToken, ids, tokenFields)).values()];
  }

  /** The viewer's tokens, newest first. */
  page(viewer: Viewer, args: PageArguments): Promise<Page<AccessTokenView>> {
    return this.#database
      .rows(viewer.userId)
      .page(AccessToken, { fields: tokenFields, orderBy: [{ field: 'createdAt', direction: 'DESC' }] }, args);
  }

  count(viewer: Viewer): Promise<Count> {
    return this.#database.rows(viewer.userId).countUpTo(AccessToken);
  }

  /** What was done with the viewer's account, newest first. */
  auditPage(viewer: Viewer, args: PageArguments): Promise<Page<AuditEventView>> {
    return this.#database
      .rows(viewer.userId)
      .page(AuditEvent, { fields: eventFields, orderBy: [{ field: 'occurredAt', direction: 'DESC' }] }, args);
  }

  auditCount(viewer: Viewer): Promise<Count> {
    return this.#database.rows(viewer.userId).countUpTo(AuditEvent);
  }

  async auditByIds(viewer: Viewer, ids: readonly string[]): Promise<AuditEventView[]> {
    return [...(await this.#database.rows(viewer.userId).byIds(AuditEvent, ids, eventFields)).values()];
  }
}
