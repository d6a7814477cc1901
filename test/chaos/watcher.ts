import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type Item, memoryStore, resumable } from '../../examples/streams/resumable.ts';

/** What a client was told, named so that it can be compared with the log. */
export interface Told extends Item {
  readonly deletedId?: string;
}

const query = `subscription ($after: EventCursor) { accountChanged(after: $after) { __typename ... on StreamItem { cursor }
  ... on OrderChanged { order { id version } } ... on OrderFilled { trade { id } order { id version } }
  ... on BotStateChanged { bot { id version } } ... on BotDeleted { deletedId } ... on PositionChanged { position { id version } } } }`;

/** One client of an account's stream, as `examples/streams` makes it, whose connection is cut again and again. */
export class Watcher {
  /** Everything that came over the wire, in order, before the helper drops what it knows. */
  readonly received: string[] = [];
  /** What the helper handed on. */
  readonly handled: string[] = [];
  /** Streams that were begun anew because their cursor was worth nothing. */
  resets = 0;
  connections = 0;
  /** It has been told where the stream begins: nothing that happens from now on may be missing. */
  isLive = false;
  failure: unknown;
  readonly #client: Client;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  #socket: WebSocket | undefined;

  /** @param urls of the servers; each connection goes to the next one */
  constructor(urls: readonly string[], token: string, first: number) {
    const connected = (socket: WebSocket): void => {
      this.#socket = socket;
      this.connections += 1;
    };
    class Fragile extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        connected(this);
      }
    }
    this.#client = createClient({
      url: () => urls[(first + this.connections) % urls.length].replace('http', 'ws'),
      webSocketImpl: Fragile,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}` },
    });
    const { signal } = this.#ending;
    const counted = { ...this.#client, iterate: (payload) => this.#counted(this.#client.iterate(payload)) } as Client;
    const follow = async (): Promise<void> => {
      const delay = (attempt: number): number => Math.min(1_000, 20 * 2 ** attempt);
      for await (const item of resumable<Told>({ client: counted, query, store: memoryStore(), signal, delay })) {
        if (item.__typename === 'StreamReset') this.resets += 1;
        const name = nameOf(item);
        if (name !== undefined) this.handled.push(name);
      }
    };
    this.#done = follow().catch((error: unknown) => {
      this.failure = error;
    });
  }

  async *#counted(results: AsyncIterable<{ data?: Record<string, unknown> | null }>): AsyncGenerator<unknown> {
    for await (const result of results) {
      const item = Object.values(result.data ?? {})[0] as Told | undefined;
      this.isLive ||= item !== undefined;
      const name = item && nameOf(item);
      if (name !== undefined) this.received.push(name);
      yield result;
    }
  }

  cut(): void {
    this.#socket?.terminate();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    // A connection that is being made may fail just now.
    await Promise.resolve(this.#client.dispose()).catch(() => undefined);
    this.#socket?.terminate();
    await this.#done;
  }
}

/** Undefined for what is no event: checkpoints. */
function nameOf({ trade, order, bot, position, deletedId }: Told): string | undefined {
  if (trade) return trade.id;
  const object = order ?? bot ?? position;
  return object ? `${object.id} ${object.version}` : deletedId;
}
