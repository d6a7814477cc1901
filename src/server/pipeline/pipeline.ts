import {
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  getVariableValues,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { assertAllowed } from '../../resolvers/access.ts';
import { Loaders, type RequestContext } from '../../resolvers/context.ts';
import type { Clock } from '../../services/clock.ts';
import { DomainError } from '../../services/errors.ts';
import type { Viewer } from '../../services/viewer.ts';
import type { Limits } from '../limits.ts';
import type { Documents, Prepared } from './documents.ts';
import { assertShallow } from './nesting.ts';
import { maskError, type MaskOptions } from './masking.ts';
import { CostBuckets, type Spending } from './rate-limit.ts';

/** Who asks, as the transport found out. */
export interface Caller {
  readonly viewer: Viewer | null;
  /** A token came with the request, and it is not (or no longer) good. */
  readonly tokenRefused: boolean;
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string | null;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export interface Outcome {
  readonly result: FormattedExecutionResult;
  /** Set when nothing was run: why, for a transport that has status codes. */
  readonly refusal?: DomainError;
}

type Variables = Readonly<Record<string, unknown>>;

/** Complaints about variables in one answer. */
const mostVariableErrors = 50;

/**
 * What happens to an operation between transport and resolvers, the same for HTTP and WebSocket: access, cost, execution under a
 * deadline, masking. Parsing and validation come before it (`Documents`), because Apollo Server does those itself for HTTP.
 */
export class Pipeline {
  readonly documents: Documents;
  readonly #limits: Limits;
  readonly #mask: MaskOptions;
  readonly #buckets: CostBuckets;
  readonly #eventCursor: (viewer: Viewer) => Promise<string>;

  constructor(options: {
    documents: Documents;
    limits: Limits;
    mask: MaskOptions;
    clock: Clock;
    eventCursor: (viewer: Viewer) => Promise<string>;
  }) {
    this.documents = options.documents;
    this.#limits = options.limits;
    this.#mask = options.mask;
    this.#buckets = new CostBuckets(options.limits.bucket, options.clock);
    this.#eventCursor = options.eventCursor;
  }

  /** Runs a query or a mutation to its end. Never throws. */
  async run(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
    caller: Caller,
  ): Promise<Outcome> {
    const entered = this.#enter(document, operationName, variables, caller, false);
    if ('result' in entered) return entered;
    const { prepared, spent, cost } = entered;
    const read = this.#read(prepared, variables);
    if (read.errors) return { result: this.#format(read, caller) };
    const deadline = new Deadline(this.#limits.operationMs, caller.signal);
    try {
      const context = this.#context(caller, deadline.signal, await this.#cursorBefore(prepared, caller));
      const result = await deadline.race(prepared.executable.run({ variables: read.coerced, context }));
      return { result: this.#format(result, caller, { requested: cost, remaining: spent.remaining }) };
    } catch (error) {
      return this.#refuse(error, caller);
    } finally {
      deadline.clear();
    }
  }

  /**
   * Starts a subscription. Each pushed event is executed with a context of its own, because loaders and rows of an earlier event
   * would be stale.
   */
  async subscribe(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
    caller: Caller,
  ): Promise<AsyncIterableIterator<FormattedExecutionResult> | Outcome> {
    const entered = this.#enter(document, operationName, variables, caller, true);
    if ('result' in entered) return entered;
    const { executable } = entered.prepared;
    const read = this.#read(entered.prepared, variables);
    if (read.errors) return { result: this.#format(read, caller) };
    try {
      const source = await executable.source({ variables: read.coerced, context: this.#context(caller, caller.signal) });
      return this.#events(
        source,
        async (rootValue) => {
          const deadline = new Deadline(this.#limits.operationMs, caller.signal);
          try {
            const context = this.#context(caller, deadline.signal);
            return await deadline.race(executable.run({ variables: read.coerced, context, rootValue }));
          } finally {
            deadline.clear();
          }
        },
        caller,
      );
    } catch (error) {
      return this.#refuse(error, caller);
    }
  }

  /**
   * Executes each event of a source. An async generator would not do: its `return` waits for the step that is under way, which for a
   * quiet source may be never, so a client that leaves would leave its source open.
   */
  #events(
    source: AsyncIterable<unknown>,
    run: (payload: unknown) => Promise<ExecutionResult>,
    caller: Caller,
  ): AsyncIterableIterator<FormattedExecutionResult> {
    const events = source[Symbol.asyncIterator]();
    let ended = false;
    const end: IteratorResult<FormattedExecutionResult> = { value: undefined, done: true };
    return {
      next: async () => {
        if (ended) return end;
        try {
          const step = await events.next();
          if (step.done || ended) return end;
          return { value: this.#format(await run(step.value), caller), done: false };
        } catch (error) {
          // The stream itself failed, as a slow consumer's does, or an event took too long: the last message tells why.
          ended = true;
          void events.return?.();
          return { value: { errors: [this.#formatted(error, caller)] }, done: false };
        }
      },
      return: async () => {
        ended = true;
        await events.return?.();
        return end;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** What has to be true before anything runs. */
  #enter(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
    caller: Caller,
    streams: boolean,
  ): { prepared: Prepared; spent: Spending; cost: number } | Outcome {
    try {
      const prepared = this.documents.prepare(document, operationName);
      if (!prepared)
        throw new DomainError(
          'BAD_REQUEST',
          `the document has no operation ${operationName ? `"${operationName}"` : 'that could be meant'}`,
        );
      if ((prepared.operation.operation === 'subscription') !== streams)
        throw new DomainError('BAD_REQUEST', 'subscriptions are served over WebSocket (graphql-transport-ws) on this same path');
      this.#assertAllowed(prepared, caller);
      assertShallow(variables, this.#limits.variableDepth);
      const cost = Math.max(1, prepared.cost(variables));
      if (cost > this.#limits.cost)
        throw new DomainError(
          'COST_LIMIT_EXCEEDED',
          `this operation may return ${cost} objects, the limit is ${this.#limits.cost}: ask for smaller pages`,
          {
            details: { cost, limit: this.#limits.cost },
          },
        );
      const spent = this.#buckets.spend(caller.viewer?.tokenId ?? caller.viewer?.userId ?? caller.ip, cost);
      if (!spent.allowed)
        throw new DomainError(
          'THROTTLED',
          `too many requests: this one costs ${cost}, ${spent.remaining} are left; try again in ${spent.retryAfterMs} ms`,
          {
            details: { retryAfterMs: spent.retryAfterMs },
          },
        );
      return { prepared, spent, cost };
    } catch (error) {
      return this.#refuse(error, caller);
    }
  }

  /** The operation's variables as resolvers and conditions take them, or what is wrong with them. */
  #read({ operation }: Prepared, variables: Variables): ReturnType<typeof getVariableValues> {
    return getVariableValues(this.documents.schema, operation.variableDefinitions ?? [], variables, {
      maxErrors: mostVariableErrors,
    });
  }

  #assertAllowed(prepared: Prepared, caller: Caller): void {
    try {
      assertAllowed(prepared.access, caller.viewer);
    } catch (error) {
      if (caller.tokenRefused)
        throw new DomainError('UNAUTHENTICATED', 'the token is expired, revoked or not one of this server: sign in again', {
          cause: error,
        });
      throw error;
    }
  }

  /**
   * Where the log stands before a query that asks for it reads anything. Read beside the rest, it might be ahead of a row that was read
   * earlier, and whoever subscribes after it would miss that row's change.
   */
  async #cursorBefore({ access, operation }: Prepared, { viewer }: Caller): Promise<string | undefined> {
    if (!viewer || operation.operation !== 'query' || !access.some(({ field }) => field === 'eventCursor')) return undefined;
    return this.#eventCursor(viewer);
  }

  #context({ viewer, requestId, ip, userAgent }: Caller, signal: AbortSignal, cursor?: string): RequestContext {
    return {
      viewer,
      requestId,
      ip,
      userAgent,
      signal,
      loaders: new Loaders(),
      eventCursor: async () => cursor ?? (viewer ? this.#eventCursor(viewer) : null),
    };
  }

  #refuse(error: unknown, caller: Caller): Outcome {
    const result = { errors: [this.#formatted(error, caller)] };
    return error instanceof DomainError ? { result, refusal: error } : { result };
  }

  #formatted(error: unknown, caller: Caller): GraphQLFormattedError {
    const wrapped =
      error instanceof GraphQLError
        ? error
        : new GraphQLError('failed', { originalError: error instanceof Error ? error : new Error(String(error)) });
    return maskError(wrapped, caller.requestId, this.#mask);
  }

  /** Errors of a document that never got as far as being run, masked like any other. */
  formatErrors(errors: readonly GraphQLError[], caller: Caller): GraphQLFormattedError[] {
    return errors.map((error) => maskError(error, caller.requestId, this.#mask));
  }

  #format(result: ExecutionResult, caller: Caller, cost?: { requested: number; remaining: number }): FormattedExecutionResult {
    return {
      ...(result.errors?.length ? { errors: this.formatErrors(result.errors, caller) } : {}),
      ...(result.data === undefined ? {} : { data: result.data }),
      ...(cost ? { extensions: { cost } } : {}),
    };
  }
}

/** An operation's time: aborts its signal when it is up or the client has gone. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ms: number;
  #expire: ((error: Error) => void) | undefined;
  readonly signal: AbortSignal;

  constructor(ms: number, gone: AbortSignal) {
    this.#ms = ms;
    this.signal = AbortSignal.any([this.#controller.signal, gone]);
    this.#timer = setTimeout(() => {
      const error = new DomainError('TIMEOUT', `the operation ran longer than ${this.#ms} ms and was stopped`);
      this.#controller.abort(error);
      this.#expire?.(error);
    }, ms);
  }

  /** The outcome of the work, unless time is up before. */
  race<T>(work: T | Promise<T>): T | Promise<T> {
    if (!(work instanceof Promise)) return work;
    return new Promise((resolve, reject) => {
      this.#expire = reject;
      work.then(resolve, reject);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
