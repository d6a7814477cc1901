import {
  type FormattedExecutionResult,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { type RequestContext, viewerOf } from '../../../src/resolvers/context.ts';
import type { Sharing } from '../../../src/resolvers/shared.ts';
import { createLogger } from '../../../src/services/logger.ts';
import { endable } from '../../../src/services/events/endable.ts';
import { defaultLimits } from '../../../src/server/limits.ts';
import { ServerCounters } from '../../../src/server/counters.ts';
import { Documents } from '../../../src/server/pipeline/documents.ts';
import { type Caller, Pipeline } from '../../../src/server/pipeline/pipeline.ts';
import type { SharedEvent } from '../../../src/server/pipeline/shared/event.ts';
import type { Member } from '../../../src/server/pipeline/shared/group.ts';

export interface Tick {
  readonly value: number;
  readonly isClosed?: boolean;
}

/** A source that a test moves by hand; every subscription opens one. */
export class Source {
  readonly args: Record<string, unknown>;
  readonly context: RequestContext;
  isLeft = false;
  #queue: (Tick | Error | undefined)[] = [];
  #wake: (() => void) | undefined;

  constructor(args: Record<string, unknown>, context: RequestContext) {
    this.args = args;
    this.context = context;
  }

  /** Tells a value; an Error breaks the source, undefined ends it. */
  tell(tick: Tick | Error | undefined): void {
    this.#queue.push(tick);
    this.#wake?.();
  }

  async *#items(): AsyncGenerator<Tick, undefined, undefined> {
    for (;;) {
      while (this.#queue.length === 0) {
        if (this.isLeft) return undefined;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      const tick = this.#queue.shift();
      if (tick instanceof Error) throw tick;
      if (tick === undefined) return undefined;
      yield tick;
    }
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Tick> {
    return endable(this.#items(), () => {
      this.isLeft = true;
      this.#wake?.();
    });
  }
}

/** A pipeline over a schema with shared subscriptions, and what has been opened and executed behind it. */
export function sharedWorld() {
  const sources: Source[] = [];
  const executed = { count: 0 };
  const sharing: Sharing<{ since?: string }, Tick> = {
    when: ({ since }) => since === undefined,
    place: ({ isClosed = false }) => ({ key: '', keep: isClosed }),
  };
  const Told = new GraphQLObjectType({
    name: 'Told',
    fields: {
      value: { type: new GraphQLNonNull(GraphQLInt) },
      mine: { type: GraphQLString, resolve: (_tick, _args, context: RequestContext) => viewerOf(context).userId },
    },
  });
  const subscribe = (_root: unknown, args: Record<string, unknown>, context: RequestContext): Source => {
    if (args['symbol'] === 'NOWHERE') throw new Error('no such market');
    const source = new Source(args, context);
    sources.push(source);
    return source;
  };
  const args = { symbol: { type: GraphQLString }, since: { type: GraphQLString } };
  const resolve = (tick: unknown): unknown => {
    executed.count += 1;
    return tick;
  };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLInt } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        ticked: { type: Told, args, subscribe, resolve, extensions: { shared: sharing } },
        own: { type: Told, args, subscribe, resolve },
      },
    }),
  });
  const pipeline = new Pipeline({
    documents: new Documents(schema, defaultLimits),
    limits: defaultLimits,
    mask: { logger: createLogger({ level: 'silent', pretty: false }), hideSuggestions: false },
    clock: { now: () => new Date() },
    eventCursor: () => Promise.resolve(''),
    counters: new ServerCounters(),
  });
  return { pipeline, sources, executed };
}

export type SharedWorld = ReturnType<typeof sharedWorld>;

export const signedIn = (userId: string): Caller => ({
  viewer: { userId, role: 'TRADER', scopes: ['READ'] },
  tokenRefused: false,
  requestId: 'request',
  ip: '127.0.0.1',
  userAgent: null,
  signal: new AbortController().signal,
});

/** What one member was sent. */
export class Listener implements Member {
  readonly events: SharedEvent[] = [];
  hasEnded = false;
  onEnd = (): void => {};

  take(event: SharedEvent): void {
    this.events.push(event);
  }

  end(): void {
    this.hasEnded = true;
    this.onEnd();
  }

  get results(): FormattedExecutionResult[] {
    return this.events.map(({ result }) => result);
  }
}

/** Subscribes as a transport does. */
export async function listen(
  world: SharedWorld,
  query: string,
  variables: Record<string, unknown> = {},
  caller = signedIn('ann'),
) {
  const document = world.pipeline.documents.read(query);
  if (!('kind' in document)) throw new Error(document.map(({ message }) => message).join());
  const listener = new Listener();
  const outcome = await world.pipeline.subscribe(document, null, variables, caller, (onEnd) => {
    listener.onEnd = onEnd;
    return listener;
  });
  return { listener, outcome, iterator: 'result' in outcome ? undefined : outcome };
}
