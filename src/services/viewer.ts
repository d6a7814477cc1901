/** What a token may do. ADMIN includes the rest, TRADE includes READ. */
export const Scope = { READ: 'READ', TRADE: 'TRADE', ADMIN: 'ADMIN' } as const;
export type Scope = (typeof Scope)[keyof typeof Scope];

/** Who is asking, as established from the token before anything runs. */
export interface Viewer {
  readonly userId: string;
  readonly role: 'ADMIN' | 'TRADER' | 'VIEWER';
  readonly scopes: readonly Scope[];
  /** The refresh-token family of a sign-in, or absent for a personal access token. */
  readonly sessionId?: string;
  /** The personal access token, or absent for a sign-in. */
  readonly tokenId?: string;
  readonly expiresAt?: Date;
}
