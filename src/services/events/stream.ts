import type { LoggedEvent } from './event.ts';

/** How a lossless stream starts when there is no cursor to resume from. */
export const StreamStart = { LIVE: 'LIVE', SNAPSHOT: 'SNAPSHOT' } as const;
export type StreamStart = (typeof StreamStart)[keyof typeof StreamStart];

/**
 * One item of a lossless stream of snapshot items `S`. `cursor` is where to resume: all up to and including this item has been seen.
 * CHECKPOINT: nothing new for this reader up to here. RESET: what the reader knows is worthless, a snapshot follows.
 */
export type StreamItem<S> =
  | { readonly kind: 'EVENT'; readonly cursor: string; readonly at: Date; readonly event: LoggedEvent }
  | { readonly kind: 'SNAPSHOT'; readonly cursor: string; readonly at: Date; readonly item: S }
  | { readonly kind: 'SNAPSHOT_END'; readonly cursor: string; readonly at: Date }
  | { readonly kind: 'CHECKPOINT'; readonly cursor: string; readonly at: Date }
  | { readonly kind: 'RESET'; readonly cursor: string; readonly at: Date; readonly reason: string };

/** What a reader asks for. */
export interface StreamRequest<S> {
  /** Whose log; a reader never sees another user's. */
  readonly userId: string;
  /** Resume after this cursor; `start` then only matters if the cursor is worthless. */
  readonly after?: string | null | undefined;
  readonly start?: StreamStart | null | undefined;
  /** Which events this reader wants. */
  readonly wants: (event: LoggedEvent) => boolean;
  /** The current items, for a snapshot. Read after the snapshot's position is fixed, so newer ones may come again as events. */
  readonly snapshot: () => Promise<readonly S[]>;
}

/** What a poller asks for. */
export type PageRequest = Pick<StreamRequest<never>, 'userId' | 'after' | 'wants'>;

/** Events after a cursor, for who asks again and again instead of listening. */
export interface EventPage {
  readonly items: readonly Extract<StreamItem<never>, { kind: 'EVENT' }>[];
  /** Where to go on. */
  readonly cursor: string;
  /** There is more already. */
  readonly hasMore: boolean;
  /** Why the cursor cannot be gone on from: what the reader knows is worthless; null when it can. */
  readonly reset: string | null;
}

/** What the hub reads: the log of events, and where each user's ends. */
export interface EventSource {
  /** Sequence of the newest event; 0 when there is none. */
  head(userId: string): Promise<number>;
  /** The same for several users at once. */
  heads(userIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Sequence of the oldest event that is still kept, or of the next one when none is. */
  first(userId: string): Promise<number>;
  /** Events after a sequence, ascending, at most `limit`. */
  read(userId: string, after: number, limit: number): Promise<readonly LoggedEvent[]>;
}
