import { type Role, Scope } from '../entities/identity/scope.ts';

export { Scope };

/** Who is asking, as established from the token before anything runs. */
export interface Viewer {
  readonly userId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** The refresh-token family of a sign-in, or absent for a personal access token. */
  readonly sessionId?: string;
  /** The personal access token, or absent for a sign-in. */
  readonly tokenId?: string;
  readonly expiresAt?: Date;
}
