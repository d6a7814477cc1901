/** Edits (insert, delete, replace, swap neighbours) that make one word the other: the restricted Damerau–Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? older[j - 2] + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(previous[j] + 1, current[j - 1] + 1, change, swap));
    }
    older = previous;
    previous = current;
  }
  return previous[b.length];
}

/** What somebody probably meant: the nearest of the words there are, if it is near enough. */
export function closest(given: string, words: readonly string[]): string | undefined {
  const [nearest] = words
    .map((word) => ({ word, distance: editDistance(given.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= Math.max(1, Math.floor(nearest.word.length / 3)) ? nearest.word : undefined;
}

/** `; did you mean emaFast?`, or nothing. */
export function suggestion(given: string, words: readonly string[]): string {
  const word = closest(given, words);
  return word === undefined ? '' : `; did you mean ${word}?`;
}
