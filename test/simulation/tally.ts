/** How often each kind of thing happened. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  merge(other: Tally): void {
    for (const [name, count] of other.counts) this.add(name, count);
  }

  /** Most frequent first. */
  get entries(): readonly (readonly [name: string, count: number])[] {
    return [...this.counts].sort((a, b) => b[1] - a[1]);
  }
}
