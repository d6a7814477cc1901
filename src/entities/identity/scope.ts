/** What a person may do in this installation. */
export const Role = { ADMIN: 'ADMIN', TRADER: 'TRADER', VIEWER: 'VIEWER' } as const;
export type Role = (typeof Role)[keyof typeof Role];

/** What a token may do. ADMIN includes the rest, TRADE includes READ. */
export const Scope = { READ: 'READ', TRADE: 'TRADE', ADMIN: 'ADMIN' } as const;
export type Scope = (typeof Scope)[keyof typeof Scope];
