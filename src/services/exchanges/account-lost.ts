/**
 * An account may not be traded with by this process now: another one does, or its key was given new secrets. Nothing is wrong with the
 * bot; it begins anew as soon as the account can be had.
 */
export class AccountLostError extends Error {
  override readonly name = 'AccountLostError';
}
