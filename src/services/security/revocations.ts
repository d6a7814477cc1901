/** What lost its right: one sign-in, one personal access token, or everything of one person. */
export interface RevokedTarget {
  readonly sessionId?: string;
  readonly tokenId?: string;
  readonly userId?: string;
}

/** Told to whoever holds something open on the strength of a token: the authenticator's memory, the server's sockets. */
export interface SessionRevocations {
  /** Calls the listener at once after each revocation is committed; the answer stops that. */
  onRevoked(listener: (target: RevokedTarget) => void): () => void;
}

/** Passes revocations on within the process; they are announced only after their transaction has committed. */
export class Revocations implements SessionRevocations {
  readonly #listeners = new Set<(target: RevokedTarget) => void>();

  onRevoked(listener: (target: RevokedTarget) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Every listener hears it even if another fails. @throws AggregateError of what the listeners threw, at the end */
  announce(target: RevokedTarget): void {
    const failures: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        listener(target);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} listeners failed on a revocation`);
  }
}
