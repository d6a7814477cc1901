import type { Clock } from '../services/clock.ts';
import type { Viewer } from '../services/viewer.ts';
import { closeCodes } from './close-codes.ts';
import type { Limits } from './limits.ts';

/** What lost its right: a sign-in, a personal token, or everything of one person. */
export interface RevokedTarget {
  readonly sessionId?: string;
  readonly tokenId?: string;
  readonly userId?: string;
}

/** Something that stays open: a socket, or a stream of Server-Sent Events. */
export interface Connection {
  readonly address: string;
  /** Whose it is; null before it is known, and when nobody is signed in. */
  readonly viewer: Viewer | null;
  /** Tells the client why, and lets it go; what it still says is not heard. */
  end(code: number, reason: string): void;
  /** Cuts the client off. */
  terminate(): void;
}

/**
 * Everything that clients hold open, over whatever transport: how much of it one person or one address may have, and its end when a
 * token expires or is revoked, or the server stops.
 */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #ofUser = new Map<string, number>();
  readonly #anonymousAt = new Map<string, number>();
  readonly #expiries = new Map<Connection, NodeJS.Timeout>();
  readonly #owners = new Map<Connection, string>();
  readonly #limits: Limits;
  readonly #clock: Clock;

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** On whose right something is open. */
  get viewers(): Viewer[] {
    return [...this.#open].flatMap(({ viewer }) => viewer ?? []);
  }

  /** Whether one more from this address may wait to tell who it is. */
  hasRoomFor(address: string): boolean {
    return (this.#anonymousAt.get(address) ?? 0) < this.#limits.anonymousSocketsPerAddress;
  }

  add(connection: Connection): void {
    this.#open.add(connection);
    change(this.#anonymousAt, connection.address, 1);
  }

  /**
   * The connection has told who it is: counts it for that person, and ends it when the token expires.
   * @returns false when that person has too many
   */
  identify(connection: Connection, viewer: Viewer): boolean {
    const { userId, expiresAt } = viewer;
    if ((this.#ofUser.get(userId) ?? 0) >= this.#limits.socketsPerUser) return false;
    change(this.#anonymousAt, connection.address, -1);
    change(this.#ofUser, userId, 1);
    this.#owners.set(connection, userId);
    if (!expiresAt) return true;
    // Timers hold at most 2^31 − 1 ms; a token that lives longer is looked at again by its next connection.
    const left = Math.min(Math.max(0, expiresAt.getTime() - this.#clock.now().getTime()), 2 ** 31 - 1);
    const expire = (): void => connection.end(closeCodes.forbidden, 'the token has expired: come back with a fresh one');
    this.#expiries.set(connection, setTimeout(expire, left));
    return true;
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    clearTimeout(this.#expiries.get(connection));
    this.#expiries.delete(connection);
    const owner = this.#owners.get(connection);
    this.#owners.delete(connection);
    if (owner === undefined) change(this.#anonymousAt, connection.address, -1);
    else change(this.#ofUser, owner, -1);
  }

  /** Ends what stands on a revoked right, at once. */
  revoke(target: RevokedTarget): void {
    for (const connection of this.#open)
      if (connection.viewer && standsOn(connection.viewer, target)) connection.end(closeCodes.forbidden, 'signed out');
  }

  /** Tells every client to come back in a moment, to this server or another. */
  drain(): void {
    for (const connection of this.#open) connection.end(closeCodes.restart, 'the server is restarting: come back in a moment');
  }

  /** Cuts off whoever is still there. */
  terminate(): void {
    for (const connection of this.#open) connection.terminate();
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function standsOn(viewer: Viewer, target: RevokedTarget): boolean {
  return (
    (target.sessionId !== undefined && viewer.sessionId === target.sessionId) ||
    (target.tokenId !== undefined && viewer.tokenId === target.tokenId) ||
    (target.userId !== undefined && viewer.userId === target.userId)
  );
}
