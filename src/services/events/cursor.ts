import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A place in one user's event log. */
export interface EventPosition {
  /** Everything up to and including this sequence number has been seen; 0 is before the first event. */
  readonly sequence: number;
  /** The reader was still being sent a snapshot: it has to be sent again from its beginning. */
  readonly inSnapshot: boolean;
}

/** What a cursor turned out to be. */
export type CursorReading =
  | { readonly kind: 'VALID'; readonly position: EventPosition }
  /** Made by another installation or for another database: no place of ours, but no offence either. */
  | { readonly kind: 'OTHER_DATABASE' }
  /** Not made by us for this user: altered, guessed, or somebody else's. */
  | { readonly kind: 'FORGED' };

const version = 1;
const tagLength = 6;
const macLength = 12;
const bodyLength = 2 + tagLength + 8;

/**
 * Reads and writes event cursors: opaque text that names a place in the log of one user of one database. It is authenticated
 * (HMAC-SHA-256, 96 bits), so it cannot be made up, moved to another user or counted forward.
 * Layout: version, flags, database tag (6 bytes), sequence (8 bytes), MAC (12 bytes), as base64url.
 */
export class CursorCodec {
  readonly #key: Uint8Array;
  readonly #databaseTag: Buffer;

  /**
   * @param key 32 bytes for this purpose only
   * @param databaseId changes when another database takes this one's place, also by restoring an older copy
   */
  constructor(key: Uint8Array, databaseId: string) {
    this.#key = key;
    this.#databaseTag = createHash('sha256').update('event log').update(databaseId).digest().subarray(0, tagLength);
  }

  #mac(body: Buffer, userId: string): Buffer {
    return createHmac('sha256', this.#key).update(body).update(userId).digest().subarray(0, macLength);
  }

  encode(userId: string, sequence: number, inSnapshot = false): string {
    const body = Buffer.allocUnsafe(bodyLength);
    body[0] = version;
    body[1] = inSnapshot ? 1 : 0;
    this.#databaseTag.copy(body, 2);
    body.writeBigUInt64BE(BigInt(sequence), 2 + tagLength);
    return Buffer.concat([body, this.#mac(body, userId)]).toString('base64url');
  }

  /** Says what a cursor from outside is worth to this user. */
  decode(userId: string, text: string): CursorReading {
    if (text.length > 64 || !/^[\w-]+$/.test(text)) return { kind: 'FORGED' };
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== bodyLength + macLength || bytes[0] !== version) return { kind: 'FORGED' };
    const body = bytes.subarray(0, bodyLength);
    if (!body.subarray(2, 2 + tagLength).equals(this.#databaseTag)) return { kind: 'OTHER_DATABASE' };
    if (!timingSafeEqual(bytes.subarray(bodyLength), this.#mac(body, userId))) return { kind: 'FORGED' };
    const sequence = Number(body.readBigUInt64BE(2 + tagLength));
    return { kind: 'VALID', position: { sequence, inSnapshot: body[1] === 1 } };
  }
}
