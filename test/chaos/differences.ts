/** How what a client was told differs from the log. */
export interface Differences {
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
}

/**
 * Compares a client with the log.
 * @param expected the names of the events in the log, in order; a name may stand there more than once
 * @param client.received what came over the wire
 * @param client.handled what it was handed after what it knew had been dropped
 */
export function differences(
  expected: readonly string[],
  { received, handled }: { readonly received: readonly string[]; readonly handled: readonly string[] },
): Differences {
  const places = new Map<string, number[]>();
  for (const [place, name] of expected.entries()) places.set(name, [...(places.get(name) ?? []), place]);
  const told = new Set(handled);
  let duplicated = 0;
  let outOfOrder = 0;
  let last = -1;
  for (const name of received) {
    const place = places.get(name)?.shift();
    if (place === undefined) duplicated += 1;
    else if (place < last) outOfOrder += 1;
    else last = place;
  }
  const lost = [...places].reduce((sum, [name, left]) => sum + (told.has(name) ? left.length : Math.max(1, left.length)), 0);
  return { lost, duplicated, outOfOrder };
}
