import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CursorCodec } from '../../../src/services/events/cursor.ts';

const key = new Uint8Array(32).fill(7);
const codec = new CursorCodec(key, 'database-1');
const user = '0199e0f2-0000-7000-8000-000000000001';

describe('an event cursor', () => {
  it('reads back as the place it names, for every sequence', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.boolean(), (sequence, inSnapshot) => {
        expect(codec.decode(user, codec.encode(user, sequence, inSnapshot))).toEqual({
          kind: 'VALID',
          position: { sequence, inSnapshot },
        });
      }),
    );
  });

  it('shows neither the user nor the sequence', () => {
    expect(codec.encode(user, 123_456)).not.toMatch(/123456|0199e0f2/);
  });

  it('is refused when it was made for another user', () => {
    expect(codec.decode('0199e0f2-0000-7000-8000-000000000002', codec.encode(user, 5)).kind).toBe('FORGED');
  });

  it('is refused when any bit of it was changed, unless it then names another database', () => {
    const bytes = Buffer.from(codec.encode(user, 5), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] ^= 1 << (bit & 7);
      const inTag = bit >= 16 && bit < 64;
      expect(codec.decode(user, changed.toString('base64url')).kind).toBe(inTag ? 'OTHER_DATABASE' : 'FORGED');
    }
  });

  it.each(['', ' ', 'not a cursor', '1', 'A'.repeat(38), 'A'.repeat(10_000), '🂡'.repeat(20)])(
    'is refused when it is %j',
    (text) => {
      expect(codec.decode(user, text).kind).toBe('FORGED');
    },
  );

  it('of another database is told apart from a forged one', () => {
    expect(codec.decode(user, new CursorCodec(key, 'database-2').encode(user, 5)).kind).toBe('OTHER_DATABASE');
  });

  it('of an installation with another secret is refused', () => {
    expect(codec.decode(user, new CursorCodec(new Uint8Array(32).fill(8), 'database-1').encode(user, 5)).kind).toBe('FORGED');
  });
});
