/** What one client may ask of the server; the same over HTTP and WebSocket. */
export interface Limits {
  /** Bytes of an HTTP request body. */
  readonly bodyBytes: number;
  /** Bytes of one WebSocket message. */
  readonly frameBytes: number;
  /** Lexical tokens of a document. */
  readonly tokens: number;
  /** Nested selections of an operation. */
  readonly depth: number;
  /** Nested objects and lists of the variables. */
  readonly variableDepth: number;
  /** Aliases in an operation. */
  readonly aliases: number;
  /** Directives in an operation. */
  readonly directives: number;
  /** Repetitions of one field in one selection. */
  readonly duplicates: number;
  /** Objects that an operation may return at the most, by its page sizes. */
  readonly cost: number;
  /** Cost that a token (or an address, when anonymous) may spend at once, and what flows back per second. */
  readonly bucket: { readonly capacity: number; readonly perSecond: number };
  /** Milliseconds that an operation may run. */
  readonly operationMs: number;
  /** Milliseconds until a new socket must have said connection_init. */
  readonly initMs: number;
  readonly messagesPerSecond: number;
  readonly subscriptionsPerSocket: number;
  /** Sockets and streams that one person may hold open. */
  readonly socketsPerUser: number;
  /** Those of one address that have not said whose they are, or are nobody's. */
  readonly anonymousSocketsPerAddress: number;
  /** Milliseconds between two pings of a socket; one that has not answered by the next is cut off. */
  readonly pingMs: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  frameBytes: 256 * 1024,
  tokens: 4000,
  depth: 12,
  variableDepth: 100,
  aliases: 30,
  directives: 50,
  duplicates: 20,
  cost: 10_000,
  bucket: { capacity: 100_000, perSecond: 5000 },
  operationMs: 10_000,
  initMs: 3000,
  messagesPerSecond: 20,
  subscriptionsPerSocket: 50,
  socketsPerUser: 10,
  anonymousSocketsPerAddress: 1000,
  pingMs: 12_000,
};
