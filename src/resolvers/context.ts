import { DomainError } from '../services/errors.ts';
import type { Viewer } from '../services/viewer.ts';

/** What one operation knows of its surroundings; for a subscription, one pushed event. */
export interface RequestContext {
  /** Null when nobody is signed in. */
  readonly viewer: Viewer | null;
  /** Told to the client with every error and written to the log. */
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string | null;
  /** Aborted when the client goes away or the operation runs out of time. */
  readonly signal: AbortSignal;
  /** Batching loaders; they live as long as the operation, so one person's rows never reach another's. */
  readonly loaders: Loaders;
  /** Where the viewer's event log stands now; null for an anonymous request. */
  eventCursor(): Promise<string | null>;
}

/** Loaders by key, made at the first use within one operation. */
export class Loaders {
  readonly #made = new Map<unknown, unknown>();

  /** @param key the loader's identity, usually the function or a string that names what is loaded and how */
  get<T>(key: unknown, make: () => T): T {
    let loader = this.#made.get(key) as T | undefined;
    if (loader === undefined) this.#made.set(key, (loader = make()));
    return loader;
  }
}

/** @throws DomainError UNAUTHENTICATED when nobody is signed in */
export function viewerOf(context: RequestContext): Viewer {
  if (!context.viewer)
    throw new DomainError('UNAUTHENTICATED', 'sign in first: this needs an Authorization header with a valid token');
  return context.viewer;
}
