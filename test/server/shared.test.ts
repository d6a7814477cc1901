import { describe, expect, it } from 'vitest';
import { Backlog, mostKept } from '../../src/server/pipeline/shared/backlog.ts';
import { SharedEvent } from '../../src/server/pipeline/shared/event.ts';
import { listen, sharedWorld, signedIn } from './support/shared-world.ts';

const query = 'subscription ($symbol: String, $since: String) { ticked(symbol: $symbol, since: $since) { value } }';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const values = (results: readonly { data?: object | null }[]): unknown[] =>
  results.map(({ data }) => (data as { ticked: { value: number } }).ticked.value);

describe('subscribers who ask for the same', () => {
  it('share one source, one execution and one text, whoever they are', async () => {
    const world = sharedWorld();
    const members = await Promise.all(
      ['ann', 'bob', 'cid'].map((name) => listen(world, query, { symbol: 'BTC' }, signedIn(name))),
    );
    expect(world.sources).toHaveLength(1);
    expect(world.sources[0].context.viewer).toBeNull();
    world.sources[0].tell({ value: 7 });
    await turn();
    expect(world.executed.count).toBe(1);
    for (const { listener } of members) {
      expect(values(listener.results)).toEqual([7]);
      expect(listener.events[0]).toBe(members[0].listener.events[0]);
    }
    expect([world.pipeline.groups.size, world.pipeline.groups.members]).toEqual([1, 3]);
  });

  it.each([
    ['other variables', query, { symbol: 'ETH' }],
    ['another document', query.replace('value', 'value again: value'), { symbol: 'BTC' }],
  ])('do not share with %s', async (_what, other, variables) => {
    const world = sharedWorld();
    await listen(world, query, { symbol: 'BTC' });
    await listen(world, other, variables);
    expect(world.sources).toHaveLength(2);
    expect(world.pipeline.groups.size).toBe(2);
  });

  it('do not share what begins in the past, or is not marked', async () => {
    const world = sharedWorld();
    for (const [document, variables] of [
      [query, { since: 'yesterday' }],
      [query.replace('ticked', 'own'), {}],
    ] as const) {
      const before = world.sources.length;
      const both = [await listen(world, document, variables), await listen(world, document, variables)];
      expect(world.sources).toHaveLength(before + 2);
      expect(world.pipeline.groups.size).toBe(0);
      world.sources[before].tell({ value: 1 });
      expect((await both[0].iterator?.next())?.value).toMatchObject({
        data: { [document.includes('own') ? 'own' : 'ticked']: { value: 1 } },
      });
    }
  });

  it('are sent nothing of anybody: what asks for a viewer is refused in a shared execution', async () => {
    const world = sharedWorld();
    const { listener } = await listen(world, 'subscription { ticked { value mine } }');
    world.sources[0].tell({ value: 1 });
    await turn();
    expect(listener.results).toMatchObject([
      { data: { ticked: { value: 1, mine: null } }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
  });

  it('are let in one by one: a stranger gets nothing of a group that runs', async () => {
    const world = sharedWorld();
    await listen(world, query, { symbol: 'BTC' });
    const { outcome, listener } = await listen(world, query, { symbol: 'BTC' }, { ...signedIn('eve'), viewer: null });
    expect(outcome).toMatchObject({ refusal: { code: 'UNAUTHENTICATED' } });
    world.sources[0].tell({ value: 1 });
    await turn();
    expect(listener.events).toEqual([]);
    expect(world.pipeline.groups.members).toBe(1);
  });

  it('begin with the newest value when they come later, but not with what is past', async () => {
    const world = sharedWorld();
    await listen(world, query);
    world.sources[0].tell({ value: 1 });
    world.sources[0].tell({ value: 2 });
    await turn();
    const late = await listen(world, query);
    expect(values(late.listener.results)).toEqual([2]);
    world.sources[0].tell({ value: 3, isClosed: true });
    await turn();
    const later = await listen(world, query);
    expect(values(later.listener.results)).toEqual([]);
    expect(values(late.listener.results)).toEqual([2, 3]);
  });

  it('all hear that the source broke, and can begin again', async () => {
    const world = sharedWorld();
    const members = await Promise.all([listen(world, query), listen(world, query)]);
    world.sources[0].tell(new Error('the exchange hung up'));
    for (const { iterator } of members) expect((await iterator?.next())?.done).toBe(true);
    for (const { listener } of members)
      expect(listener.results).toMatchObject([{ errors: [{ extensions: { code: 'INTERNAL' } }] }]);
    expect(world.pipeline.groups.size).toBe(0);
    await listen(world, query);
    expect(world.sources).toHaveLength(2);
  });

  it('all are told when the source cannot be opened', async () => {
    const world = sharedWorld();
    const [one, other] = await Promise.all([
      listen(world, query, { symbol: 'NOWHERE' }),
      listen(world, query, { symbol: 'NOWHERE' }),
    ]);
    for (const { outcome } of [one, other]) expect(outcome).toMatchObject({ result: { errors: [{}] } });
    expect(world.pipeline.groups.size).toBe(0);
  });

  it('end the source when the last one leaves, and not before', async () => {
    const world = sharedWorld();
    const [one, other] = [await listen(world, query), await listen(world, query)];
    await one.iterator?.return?.();
    expect(world.sources[0].isLeft).toBe(false);
    world.sources[0].tell({ value: 5 });
    await turn();
    expect([one, other].map(({ listener }) => listener.events.length)).toEqual([0, 1]);
    await other.iterator?.return?.();
    expect(world.sources[0].isLeft).toBe(true);
    expect(world.pipeline.groups.size).toBe(0);
  });
});

describe('what waits for a slow reader of market data', () => {
  const event = (value: number, key: string, keep = false): SharedEvent => new SharedEvent({ data: { value } }, { key, keep });
  const drained = (backlog: Backlog): unknown[] => {
    const all: unknown[] = [];
    for (let next = backlog.shift(); next; next = backlog.shift()) all.push(next.result.data?.['value']);
    return all;
  };

  it('is the newest of each key, and everything that must not be left out, in order', () => {
    const backlog = new Backlog();
    const added = [event(1, 'a'), event(2, 'b'), event(3, 'a', true), event(4, 'a'), event(5, 'a'), event(6, 'b', true)].map(
      (each) => backlog.add(each),
    );
    expect(added).toEqual(['ADDED', 'ADDED', 'ADDED', 'REPLACED', 'REPLACED', 'ADDED']);
    expect(drained(backlog)).toEqual([2, 3, 5, 6]);
  });

  it('is bounded: one more that must not be left out finds no room, one more of a known key does', () => {
    const backlog = new Backlog();
    for (let i = 0; i < mostKept; i++) expect(backlog.add(event(i, 'a', true))).toBe('ADDED');
    expect(backlog.add(event(1, 'a', true))).toBe('FULL');
    for (let i = 0; i < 10_000; i++) backlog.add(event(i, 'a'));
    expect(backlog.length).toBe(mostKept + 1);
    backlog.shift();
    expect(backlog.add(event(1, 'a', true))).toBe('ADDED');
  });
});
