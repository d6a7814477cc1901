import { describe, expect, it } from 'vitest';
import { differences } from './differences.ts';

describe('a client compared with the log', () => {
  const none = { lost: 0, duplicated: 0, outOfOrder: 0 };
  it.each([
    { told: 'everything once and in order', expected: 'a b c', received: 'a b c', handled: 'a b c', found: none },
    { told: 'one less', expected: 'a b c', received: 'a c', handled: 'a c', found: { ...none, lost: 1 } },
    { told: 'nothing', expected: 'a b', received: '', handled: '', found: { ...none, lost: 2 } },
    { told: 'one twice', expected: 'a b', received: 'a a b', handled: 'a b', found: { ...none, duplicated: 1 } },
    {
      told: 'two the wrong way round',
      expected: 'a b c',
      received: 'b a c',
      handled: 'b a c',
      found: { ...none, outOfOrder: 1 },
    },
    { told: 'what is not in the log', expected: 'a', received: 'a x', handled: 'a x', found: { ...none, duplicated: 1 } },
    { told: 'one that came but was dropped', expected: 'a b', received: 'a b', handled: 'a', found: { ...none, lost: 1 } },
    { told: 'a name that the log has twice', expected: 'a a b', received: 'a a b', handled: 'a b', found: none },
  ])('that was told $told', ({ expected, received, handled, found }) => {
    const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
    expect(differences(words(expected), { received: words(received), handled: words(handled) })).toEqual(found);
  });
});
