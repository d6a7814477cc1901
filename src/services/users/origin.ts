/** Where a request came from, as far as the server knows: for throttling, the audit trail and the list of sign-ins. */
export interface RequestOrigin {
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
}
