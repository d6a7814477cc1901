import { AccessToken } from '../../entities/identity/AccessToken.ts';
import { RefreshToken } from '../../entities/identity/RefreshToken.ts';
import { User } from '../../entities/identity/User.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logger.ts';
import type { Revocations } from '../security/revocations.ts';
import type { Viewer } from '../viewer.ts';

interface WatchParts {
  readonly database: Database;
  readonly revocations: Revocations;
  /** On whose right something is open in this process. */
  readonly viewers: () => readonly Viewer[];
  readonly logger: Pick<Logger, 'error'>;
}

/** What is revoked elsewhere is cut off here within a second: a look every so many milliseconds. */
const everyMs = 700;

/**
 * Sees what other processes revoke. Where several share a database, the sign-ins, tokens and accounts behind the open connections of this one
 * are looked up again and again, a few statements however many there are; what has lost its right is announced as if it had been revoked here.
 */
export class RevocationWatch {
  readonly #parts: WatchParts;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#lookQuietly(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #lookQuietly(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.look();
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'looking for revoked tokens failed; it is tried again');
    } finally {
      this.#looking = false;
    }
  }

  /** One look. */
  async look(): Promise<void> {
    const { database, revocations } = this.#parts;
    const viewers = this.#parts.viewers();
    if (viewers.length === 0) return;
    const rows = database.systemRows();
    const sessions = distinct(viewers.map(({ sessionId }) => sessionId));
    const tokens = distinct(viewers.map(({ tokenId }) => tokenId));
    const users = distinct(viewers.map(({ userId }) => userId));
    const living = await rows.list(RefreshToken, {
      fields: ['familyId'],
      where: { familyId: { in: sessions }, revokedAt: { isNull: true } },
      limit: 10_000,
    });
    const families = new Set(living.map(({ familyId }) => familyId));
    const granted = await rows.byIds(AccessToken, tokens, ['revokedAt']);
    const people = await rows.byIds(User, users, ['isActive']);
    for (const sessionId of sessions) if (!families.has(sessionId)) revocations.announce({ sessionId });
    for (const tokenId of tokens) if (granted.get(tokenId)?.revokedAt !== null) revocations.announce({ tokenId });
    for (const userId of users) if (!people.get(userId)?.isActive) revocations.announce({ userId });
  }
}

function distinct(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids.filter((id) => id !== undefined))];
}
