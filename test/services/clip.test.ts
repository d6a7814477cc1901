import { describe, expect, it } from 'vitest';
import { clipped } from '../../src/services/clip.ts';

describe('a text that is clipped', () => {
  it.each([
    { text: 'abcd', most: 3, expected: 'abc' },
    { text: 'abc', most: 3, expected: 'abc' },
    { text: 'ab😀', most: 4, expected: 'ab😀' },
    { text: 'ab😀', most: 3, expected: 'ab' },
    { text: 'ab😀d', most: 4, expected: 'ab😀' },
    { text: 'a\ud83db', most: 3, expected: 'a\ufffdb' },
    { text: 'a\ud83d', most: 2, expected: 'a\ufffd' },
    { text: '', most: 3, expected: '' },
  ])('is "$expected" of "$text" within $most', ({ text, most, expected }) => {
    expect(clipped(text, most)).toBe(expected);
  });
});
