import { User } from '../../entities/identity/User.ts';
import type { Role } from '../../entities/identity/scope.ts';
import type { Clock } from '../clock.ts';
import type { Database, EntityManager } from '../database/index.ts';
import { DomainError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Mailer } from '../notifications/mailer.ts';
import { hashToken, isWellFormed, mintToken, TokenKind } from '../security/opaque-tokens.ts';
import { assertPassword, passwordLength } from '../security/password-rules.ts';
import type { Passwords } from '../security/passwords.ts';
import type { Revocations } from '../security/revocations.ts';
import type { Throttle } from '../security/throttle.ts';
import type { Viewer } from '../viewer.ts';
import { audit } from '../security/audit.ts';
import { normaliseEmail } from './email.ts';
import type { RequestOrigin } from './origin.ts';
import type { Sessions, TokenPair } from './sessions.ts';

/** How long a mailed reset token is good for. */
const resetLifeMs = 30 * 60_000;

/** Who may make an account: `auto` is everybody in development, and in production only the first. */
export type SignupPolicy = 'open' | 'closed' | 'auto';

export interface UserServiceOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mailer: Mailer;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  /** Slows down guesses at passwords. */
  readonly guesses: Throttle;
  /** Slows down what is rarely repeated: sign-ups and reset mails. */
  readonly requests: Throttle;
  readonly signup: SignupPolicy;
  readonly production: boolean;
}

/** A person as others may see them. */
export interface UserView {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly createdAt: Date;
}

const userFields = ['id', 'email', 'role', 'createdAt'] as const;

/** Accounts: signing up, in and out, and passwords. Answers tell nobody whether an address has an account. */
export class UserService {
  readonly #o: UserServiceOptions;

  constructor(options: UserServiceOptions) {
    this.#o = options;
  }

  /**
   * Makes an account and signs in. The first one becomes ADMIN.
   * @throws DomainError SIGNUP_CLOSED, TAKEN, INVALID (address, password), THROTTLED
   */
  async signUp(input: { email: string; password: string }, origin: RequestOrigin): Promise<TokenPair> {
    const email = normaliseEmail(input.email, ['input', 'email']);
    assertPassword(input.password, email, ['input', 'password']);
    this.#o.requests.begin({ account: email, address: origin.address });
    await this.#assertOpen();
    const passwordHash = await this.#o.passwords.hash(input.password);
    return this.#o.database.transaction(async (em) => {
      const user = await this.#create(em, email, passwordHash, undefined, origin);
      return this.#o.sessions.begin(em, user.id, origin);
    });
  }

  /** Makes an account from the command line, whatever the sign-up policy says. @throws DomainError TAKEN, INVALID */
  async createUser(input: { email: string; password: string; role?: Role }, origin: RequestOrigin): Promise<UserView> {
    const email = normaliseEmail(input.email, ['email']);
    assertPassword(input.password, email, ['password']);
    const passwordHash = await this.#o.passwords.hash(input.password);
    const user = await this.#o.database.transaction((em) => this.#create(em, email, passwordHash, input.role, origin));
    return { id: user.id, email: user.email, role: user.role, createdAt: user.createdAt };
  }

  async #assertOpen(): Promise<void> {
    const { signup, production } = this.#o;
    if (signup === 'open' || (signup === 'auto' && !production)) return;
    const { value } = await this.#o.database.systemRows().countUpTo(User, undefined, 1);
    if (signup === 'closed' || value > 0)
      throw new DomainError('SIGNUP_CLOSED', 'this server takes no new accounts: ask whoever runs it');
  }

  async #create(
    em: EntityManager,
    email: string,
    passwordHash: string,
    role: Role | undefined,
    origin: RequestOrigin,
  ): Promise<User> {
    if ((await em.count(User, { email })) > 0)
      throw new DomainError('TAKEN', `there is an account with the address ${email} already`, { path: ['input', 'email'] });
    const first = (await em.count(User)) === 0;
    const user = em.create(User, { email, passwordHash, role: role ?? (first ? 'ADMIN' : 'TRADER') }, { persist: true });
    await em.flush();
    audit(em, { userId: user.id, type: 'SIGNED_UP', at: this.#o.clock.now(), ip: origin.address, details: { role: user.role } });
    return user;
  }

  /** @throws DomainError INVALID_CREDENTIALS for a wrong address or password alike, THROTTLED */
  async signIn(input: { email: string; password: string }, origin: RequestOrigin): Promise<TokenPair> {
    const email = normaliseEmail(input.email, ['input', 'email']);
    const attempt = this.#o.guesses.begin({ account: email, address: origin.address });
    const user = await this.#o.database
      .systemRows()
      .first(User, { fields: ['id', 'passwordHash', 'isActive'], where: { email: { eq: email } } });
    const { matches, outdated } = await this.#check(input.password, user?.passwordHash ?? null);
    if (!user || !matches || !user.isActive) {
      await this.#o.database.transaction(async (em) =>
        audit(em, {
          userId: user?.id ?? null,
          type: 'SIGN_IN_FAILED',
          at: this.#o.clock.now(),
          ip: origin.address,
          details: { email },
        }),
      );
      throw new DomainError('INVALID_CREDENTIALS', 'the address and the password do not belong together');
    }
    attempt.succeeded();
    const passwordHash = outdated ? await this.#o.passwords.hash(input.password) : undefined;
    return this.#o.database.transaction(async (em) => {
      if (passwordHash !== undefined)
        await em.nativeUpdate(User, { id: user.id, passwordHash: user.passwordHash }, { passwordHash });
      audit(em, { userId: user.id, type: 'SIGNED_IN', at: this.#o.clock.now(), ip: origin.address });
      return this.#o.sessions.begin(em, user.id, origin);
    });
  }

  /** A password that is too long to be one is not even hashed. */
  async #check(password: string, stored: string | null): Promise<{ matches: boolean; outdated: boolean }> {
    return this.#o.passwords.check(password.slice(0, 4 * passwordLength.max), stored);
  }

  /** A new pair of tokens for a refresh token. @throws DomainError TOKEN_EXPIRED */
  refresh(refreshToken: string, origin: RequestOrigin): Promise<TokenPair> {
    return this.#o.sessions.rotate(refreshToken, origin);
  }

  /** Ends the sign-in that the viewer's token belongs to. @throws DomainError INVALID for a personal access token */
  async signOut(viewer: Viewer, origin: RequestOrigin): Promise<void> {
    const { sessionId, userId } = viewer;
    if (sessionId === undefined)
      throw new DomainError('INVALID', 'a personal access token is revoked with revokeAccessToken, not signed out');
    await this.#o.database.transaction(async (em) => {
      await this.#o.sessions.end(em, sessionId);
      audit(em, { userId, type: 'SIGNED_OUT', at: this.#o.clock.now(), ip: origin.address });
    });
    this.#o.revocations.announce({ sessionId });
  }

  /**
   * Changes the password and ends all other sign-ins.
   * @throws DomainError INVALID_CREDENTIALS when the current one is wrong, INVALID for the new one, THROTTLED
   */
  async changePassword(
    viewer: Viewer,
    input: { currentPassword: string; newPassword: string },
    origin: RequestOrigin,
  ): Promise<void> {
    const user = await this.#o.database.rows(viewer.userId).find(User, viewer.userId, ['email', 'passwordHash']);
    if (!user) throw new DomainError('UNAUTHENTICATED', 'the account is gone');
    const attempt = this.#o.guesses.begin({ account: user.email, address: origin.address });
    const { matches } = await this.#check(input.currentPassword, user.passwordHash);
    if (!matches)
      throw new DomainError('INVALID_CREDENTIALS', 'the current password is not right', { path: ['input', 'currentPassword'] });
    attempt.succeeded();
    assertPassword(input.newPassword, user.email, ['input', 'newPassword']);
    const passwordHash = await this.#o.passwords.hash(input.newPassword);
    const { sessionId, userId } = viewer;
    await this.#o.database.transaction(async (em) => {
      await em.nativeUpdate(User, { id: userId }, { passwordHash, resetTokenHash: null, resetTokenExpiresAt: null });
      await this.#o.sessions.endAll(em, userId, sessionId);
      audit(em, { userId, type: 'PASSWORD_CHANGED', at: this.#o.clock.now(), ip: origin.address });
    });
    this.#o.revocations.announce({ userId });
  }

  /**
   * Mails a reset token, if the address has an account; the answer and its time are the same either way.
   * @throws DomainError INVALID for what is no address, THROTTLED
   */
  async requestPasswordReset(address: string, origin: RequestOrigin): Promise<void> {
    const email = normaliseEmail(address, ['input', 'email']);
    this.#o.requests.begin({ account: email, address: origin.address });
    // Nobody waits for it, so that its time tells nothing.
    this.#mailReset(email, origin).catch((error: unknown) =>
      this.#o.logger.error({ err: error }, 'a password reset could not be mailed'),
    );
  }

  async #mailReset(email: string, origin: RequestOrigin): Promise<void> {
    const user = await this.#o.database.systemRows().first(User, { fields: ['id', 'isActive'], where: { email: { eq: email } } });
    if (!user?.isActive) return;
    const token = mintToken(TokenKind.PASSWORD_RESET);
    const now = this.#o.clock.now();
    await this.#o.database.transaction(async (em) => {
      await em.nativeUpdate(
        User,
        { id: user.id },
        { resetTokenHash: hashToken(token), resetTokenExpiresAt: new Date(now.getTime() + resetLifeMs) },
      );
      audit(em, { userId: user.id, type: 'PASSWORD_RESET_REQUESTED', at: now, ip: origin.address });
    });
    await this.#o.mailer.send({
      to: email,
      subject: 'Reset your Candlewick password',
      text: `Use this token with resetPassword within ${resetLifeMs / 60_000} minutes: ${token}\nIf you did not ask for it, do nothing.`,
    });
  }

  /**
   * Sets a new password with a mailed token, once; all sign-ins end, and none begins.
   * @throws DomainError TOKEN_EXPIRED for a token that is wrong, used or old, INVALID for the password
   */
  async resetPassword(input: { token: string; newPassword: string }, origin: RequestOrigin): Promise<void> {
    const gone = new DomainError('TOKEN_EXPIRED', 'the reset token is unknown, expired or used already: ask for a new one', {
      path: ['input', 'token'],
    });
    if (!isWellFormed(TokenKind.PASSWORD_RESET, input.token)) throw gone;
    const now = this.#o.clock.now();
    const tokenHash = hashToken(input.token);
    const user = await this.#o.database
      .systemRows()
      .first(User, { fields: ['id', 'email', 'resetTokenExpiresAt'], where: { resetTokenHash: { eq: tokenHash } } });
    if (!user?.resetTokenExpiresAt || user.resetTokenExpiresAt <= now) throw gone;
    assertPassword(input.newPassword, user.email, ['input', 'newPassword']);
    const passwordHash = await this.#o.passwords.hash(input.newPassword);
    const won = await this.#o.database.transaction(async (em) => {
      // One statement decides which of two uses was first.
      const changed = await em.nativeUpdate(
        User,
        { id: user.id, resetTokenHash: tokenHash },
        { passwordHash, resetTokenHash: null, resetTokenExpiresAt: null },
      );
      if (changed !== 1) return false;
      await this.#o.sessions.endAll(em, user.id);
      audit(em, { userId: user.id, type: 'PASSWORD_RESET', at: now, ip: origin.address });
      return true;
    });
    if (!won) throw gone;
    this.#o.revocations.announce({ userId: user.id });
  }

  /** The person whose id it is, as `viewer` may see them: only themselves. */
  async find(viewer: Viewer, id: string): Promise<UserView | null> {
    return this.#o.database.rows(viewer.userId).find(User, id, userFields);
  }
}
