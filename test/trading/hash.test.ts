import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, Hasher } from '../../src/trading/hash.ts';
import { candleAt, candlesOf, sliceCandles } from '../../src/trading/series.ts';
import { closesOf } from './support/builders.ts';

describe('hashes', () => {
  // Fixed texts: a change of the function would silently rename every stored result.
  it.each([
    ['nothing', new Hasher(), '7c1c7f73bd12cfa74ffbc793da0ede2c'],
    ['an empty text', new Hasher().text(''), '6c183de1d02eb463e9b2e70a155f751e'],
    ['a text', new Hasher().text('candlewick'), '12a4c7c09a13ded13e2d0360620119bc'],
    ['a text of even length', new Hasher().text('candle'), '4e3eb8c44d6e719b51649b5f4ff614dc'],
    ['a text of odd length', new Hasher().text('wicks'), '378f01aeb791059f12a286b47ccd35a2'],
    ['a double', new Hasher().double(0.1), 'bcd2a8a56d21f35945fd165485bcf099'],
    ['doubles', new Hasher().doubles(Float64Array.of(1, 2, 3, 4, 5)), 'c47f24b0cd54d2a4ed972072a906399a'],
  ])('%s', (_name, hasher, digest) => {
    expect(hasher.digest()).toBe(digest);
  });

  it('differ when one input is cut elsewhere', () => {
    const cut = (...parts: string[]): string => parts.reduce((hasher, part) => hasher.text(part), new Hasher()).digest();
    expect(new Set([cut('abc'), cut('ab', 'c'), cut('a', 'bc'), cut('abc', ''), cut('', 'abc')]).size).toBe(5);
  });

  it('differ when any one number changes by its last bit', () => {
    fc.assert(
      fc.property(fc.float64Array({ minLength: 1, maxLength: 40, noNaN: true }), fc.nat(39), fc.nat(63), (values, at, bit) => {
        const changed = values.slice();
        const bits = new BigUint64Array(changed.buffer);
        bits[at % values.length] ^= 1n << BigInt(bit);
        expect(new Hasher().doubles(changed).digest()).not.toBe(new Hasher().doubles(values).digest());
      }),
    );
  });

  it('do not collide over many near values', () => {
    const digests = new Set<string>();
    for (let i = 0; i < 20_000; i++) digests.add(new Hasher().doubles(Float64Array.of(i, i / 2, -i)).digest());
    expect(digests.size).toBe(20_000);
  });

  it('of a part of a buffer are those of a copy', () => {
    const candles = closesOf([1, 2, 3, 4, 5, 6, 7]);
    const part = sliceCandles(candles, 2, 6);
    const copy = candlesOf(Array.from({ length: 4 }, (_, i) => candleAt(candles, i + 2)));
    expect(fingerprint(part)).toBe(fingerprint(copy));
    expect(fingerprint(part)).not.toBe(fingerprint(candles));
  });

  it('tell columns apart: open and close exchanged is other data', () => {
    const candles = closesOf([1, 2, 3]);
    expect(fingerprint({ ...candles, open: candles.close, close: candles.open })).not.toBe(fingerprint(candles));
  });
});
