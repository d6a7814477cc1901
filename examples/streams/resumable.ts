/*
 * A subscription that misses nothing, on graphql-ws: keeps the cursor of what was handled, subscribes again after it when the connection
 * breaks, the server restarts or this program does, and drops what it has seen. Copy this file into your client.
 *
 *   for await (const item of resumable({ client, query, store: fileStore('cursor.txt') })) handle(item);
 *
 * The query takes `$after: EventCursor` and selects `... on StreamItem { cursor }`, and `id` and `version` of what it shows.
 */
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Client, SubscribePayload } from 'graphql-ws';

type Result = FormattedExecutionResult<Record<string, unknown>, unknown>;

/** Where the cursor is kept between runs: a file, a row, the browser's localStorage. */
export interface CursorStore {
  load(): Promise<string | undefined> | string | undefined;
  save(cursor: string): Promise<void> | void;
}

/** Keeps the cursor as long as the program runs. */
export function memoryStore(cursor?: string): CursorStore {
  return {
    load: () => cursor,
    save: (next) => {
      cursor = next;
    },
  };
}

export interface Resumable {
  /** Best made with `retryAttempts: 0`: trying again happens here. Its `connectionParams` should be a function, so that each connection has a fresh token. */
  readonly client: Client;
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly store?: CursorStore;
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait before the given try, the first of which is 0, after a break. */
  readonly delay?: (attempt: number) => number;
}

interface Versioned {
  readonly id?: string;
  readonly version?: number;
}

/** What the items of all streams may carry, as far as the query asks for it. */
export interface Item {
  readonly __typename?: string;
  readonly cursor: string;
  readonly trade?: Versioned;
  readonly order?: Versioned;
  readonly bot?: Versioned;
  readonly position?: Versioned;
}

/** The answers of the subscription, each item once. Its cursor counts as handled when the next one is asked for. */
export async function* resumableResults(options: Resumable): AsyncGenerator<Result, undefined, undefined> {
  const { client, query, operationName, variables, store = memoryStore(), signal, delay = standardDelay } = options;
  const seen = new Seen();
  let cursor = await store.load();
  for (let attempt = 0; !signal?.aborted; attempt++) {
    const payload: SubscribePayload = {
      query,
      operationName,
      variables: { ...variables, ...(cursor !== undefined && { after: cursor }) },
    };
    const results = client.iterate<Record<string, unknown>>(payload);
    const leave = (): void => void results.return?.();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      for await (const result of results) {
        if (result.errors) throw new SubscriptionFailed(result.errors);
        const item = itemOf(result);
        if (!item) continue;
        attempt = 0;
        if (seen.isNew(item)) yield result;
        cursor = item.cursor;
        await store.save(cursor);
      }
      return undefined;
    } catch (cause) {
      if (signal?.aborted) return undefined;
      const error = Array.isArray(cause) ? new SubscriptionFailed(cause) : cause;
      if (!mayPass(error)) throw error;
      await pause(delay(attempt), signal);
    } finally {
      signal?.removeEventListener('abort', leave);
      leave();
    }
  }
  return undefined;
}

/** The items of the subscription's one field, each once and in order. */
export async function* resumable<T extends Item = Item>(options: Resumable): AsyncGenerator<T, undefined, undefined> {
  for await (const result of resumableResults(options)) yield itemOf(result) as T;
  return undefined;
}

function itemOf({ data }: Result): Item | undefined {
  return Object.values(data ?? {})[0] as Item | undefined;
}

/** How many objects are remembered; more than a server can send again after one cursor that was not saved in time. */
const remembered = 10_000;

/** Remembers the highest version of each object: the higher wins, so what comes again is known by its version. */
class Seen {
  readonly #versions = new Map<string, number>();

  isNew(item: Item): boolean {
    // What was known is worthless now: the snapshot that follows is all there is.
    if (item.__typename === 'StreamReset') this.#versions.clear();
    // An execution never changes; its order is told beside it and may have the version that was told before.
    const { id, version = 0 } = item.trade ?? item.order ?? item.bot ?? item.position ?? {};
    if (id === undefined) return true;
    const known = this.#versions.get(id);
    if (known !== undefined && version <= known) return false;
    this.#versions.delete(id);
    this.#versions.set(id, version);
    if (this.#versions.size > remembered) for (const oldest of this.#versions.keys()) return this.#versions.delete(oldest);
    return true;
  }
}

/** The server refused the subscription, or ended it, and said why. */
export class SubscriptionFailed extends Error {
  override readonly name = 'SubscriptionFailed';
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors.map(({ message }) => message).join('; '));
    this.errors = errors;
  }
}

/** What says "come back"; whatever else a server says is wrong with the subscription itself and will not pass. */
const passing: ReadonlySet<unknown> = new Set(['SHUTTING_DOWN', 'SLOW_CONSUMER', 'TIMEOUT', 'INTERNAL']);
/** Close codes of the protocol that say that this client is wrong. */
const hopeless: ReadonlySet<unknown> = new Set([4400, 4406, 4409]);

function mayPass(error: unknown): boolean {
  if (error instanceof SubscriptionFailed) return error.errors.every(({ extensions }) => passing.has(extensions?.['code']));
  return !hopeless.has((error as { code?: unknown } | null)?.code);
}

/** At once, then 0.5 s, 1 s, 2 s … 30 s, each by chance up to half as long again, so that clients of a restarted server do not come all at once. */
function standardDelay(attempt: number): number {
  return attempt === 0 ? 0 : Math.min(30_000, 250 * 2 ** attempt) * (1 + Math.random() / 2);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Something that takes values one by one, as links and exchanges of client libraries do. */
export interface Sink {
  next(result: Result): void;
  error(error: unknown): void;
  complete(): void;
}

/** Hands a resumable subscription to a sink; answers the function that ends it. */
export function pipe(options: Omit<Resumable, 'signal'>, sink: Sink): () => void {
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    for await (const result of resumableResults({ ...options, signal: ending.signal })) sink.next(result);
  };
  run().then(
    () => ending.signal.aborted || sink.complete(),
    (error: unknown) => sink.error(error),
  );
  return () => ending.abort();
}
