import {
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  getVariableValues,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { randomUUID } from 'node:crypto';
import { assertAllowed } from '../../resolvers/access.ts';
import { Loaders, type RequestContext } from '../../resolvers/context.ts';
import type { Clock } from '../../services/clock.ts';
import { DomainError } from '../../services/errors.ts';
import type { Viewer } from '../../services/viewer.ts';
import type { ServerCounters } from '../counters.ts';
import type { Limits } from '../limits.ts';
import { Deadline } from './deadline.ts';
import type { Documents, Prepared } from './documents.ts';
import { assertReadable } from './variables.ts';
import { maskError, type MaskOptions } from './masking.ts';
import { counted, pushes } from './pushes.ts';
import { CostBuckets, type Spending } from './rate-limit.ts';
import type { Group, Member } from './shared/group.ts';
import { Groups } from './shared/groups.ts';
import { tellGroup } from './shared/tell.ts';

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

/**
 * Makes a transport's member of a group.
 * @param onEnd to be called when the member has been told everything
 * @param refuse makes the last answer of a member that cannot go on
 */
export type Membership = (onEnd: () => void, refuse: (error: unknown) => FormattedExecutionResult) => Member;

export interface Outcome {
  readonly result: FormattedExecutionResult;
  /** Set when nothing was run: why, for a transport that has status codes. */
  readonly refusal?: DomainError;
}

type Variables = Readonly<Record<string, unknown>>;

/** A shared execution is nobody's: whatever it asks of a viewer is refused. Who may watch is decided for each member before. */
const publicCaller = (signal: AbortSignal): Caller => ({
  viewer: null,
  tokenRefused: false,
  requestId: randomUUID(),
  ip: '',
  userAgent: null,
  signal,
});

/** Complaints about variables in one answer. */
const mostVariableErrors = 50;

/**
 * What happens to an operation between transport and resolvers, the same for HTTP, Server-Sent Events and WebSocket: access, cost, execution under a
 * deadline, masking. Parsing and validation come before it (`Documents`), because Apollo Server does those itself for HTTP.
 */
export class Pipeline {
  readonly documents: Documents;
  /** Subscriptions that several clients share. */
  readonly groups = new Groups();
  readonly #limits: Limits;
  readonly #mask: MaskOptions;
  readonly #buckets: CostBuckets;
  readonly #eventCursor: (viewer: Viewer) => Promise<string>;
  readonly #count: (by: 1 | -1) => void;

  constructor(options: {
    documents: Documents;
    limits: Limits;
    mask: MaskOptions;
    clock: Clock;
    eventCursor: (viewer: Viewer) => Promise<string>;
    counters: ServerCounters;
  }) {
    this.documents = options.documents;
    this.#limits = options.limits;
    this.#mask = options.mask;
    this.#buckets = new CostBuckets(options.limits.bucket, options.clock);
    this.#eventCursor = options.eventCursor;
    const { counters } = options;
    this.#count = (by) => {
      counters.subscriptions += by;
    };
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
   * Starts a subscription. One that sends everybody the same joins the group of those who have asked for it.
   * @param membership how a transport takes part in a group; without it, it gets answers of its own
   */
  async subscribe(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
    caller: Caller,
    membership?: Membership,
  ): Promise<AsyncIterableIterator<FormattedExecutionResult> | Outcome> {
    const entered = this.#enter(document, operationName, variables, caller, true);
    if ('result' in entered) return entered;
    const { prepared } = entered;
    const read = this.#read(prepared, variables);
    if (read.errors) return { result: this.#format(read, caller) };
    const { coerced } = read;
    try {
      const sharing = membership && prepared.sharing?.(coerced);
      if (!sharing) return counted(await this.#pushes(prepared, coerced, caller), this.#count);
      const key = `${prepared.id} ${JSON.stringify(coerced)}`;
      const open = (group: Group, signal: AbortSignal): Promise<void> =>
        tellGroup(group, signal, (onPayload) => this.#pushes(prepared, coerced, publicCaller(signal), onPayload), sharing);
      const joined = await this.groups.join(key, open, (onEnd) =>
        membership(onEnd, (error) => ({ errors: [this.#formatted(error, caller)] })),
      );
      return counted(joined, this.#count);
    } catch (error) {
      return this.#refuse(error, caller);
    }
  }

  /** Opens a source; each pushed event is executed with a context of its own, because loaders and rows of an earlier one would be stale. */
  async #pushes(
    { executable }: Prepared,
    variables: Variables,
    caller: Caller,
    onPayload?: (payload: unknown) => void,
  ): Promise<AsyncIterableIterator<FormattedExecutionResult>> {
    const source = await executable.source({ variables, context: this.#context(caller, caller.signal) });
    return pushes(
      source,
      async (rootValue) => {
        onPayload?.(rootValue);
        const deadline = new Deadline(this.#limits.operationMs, caller.signal);
        try {
          const context = this.#context(caller, deadline.signal);
          return this.#format(await deadline.race(executable.run({ variables, context, rootValue })), caller);
        } finally {
          deadline.clear();
        }
      },
      (error) => ({ errors: [this.#formatted(error, caller)] }),
    );
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
        throw new DomainError(
          'BAD_REQUEST',
          'subscriptions are served over WebSocket (graphql-transport-ws) or as Server-Sent Events (accept: text/event-stream) on this same path',
        );
      this.#assertAllowed(prepared, caller);
      assertReadable(variables, this.#limits.variableDepth);
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
