/** What the parent and a server of this benchmark tell each other. */
export type Command =
  /** Publish so many candles to each symbol. */
  | { readonly publish: number; readonly symbols: readonly string[] }
  /** Tell the bytes in use after collecting garbage, or the milliseconds of CPU since the start. */
  | { readonly tell: 'bytes' | 'cpuMs' };

export const kinds = ['bare ws', 'candlewick', 'candlewick sse', 'graphql-ws + type-graphql', 'mercurius', 'yoga sse'] as const;
export type Kind = (typeof kinds)[number];

export const typeDefs = `
  type Candle { openTime: String! open: String! high: String! low: String! close: String! volume: String! }
  type CandleUpdate { isClosed: Boolean! candle: Candle! }
  type Query { ok: Boolean }
  type Subscription { candleUpdated(symbol: String!): CandleUpdate! }
`;

export const subscription = (symbol: string): string =>
  `subscription { candleUpdated(symbol: "${symbol}") { isClosed candle { openTime open high low close volume } } }`;

let count = 0;

/** A candle like any other, never twice the same. */
export function nextCandle(): { isClosed: boolean; candle: Record<string, string> } {
  count += 1;
  const price = (40_000 + (count % 1000) / 10).toFixed(1);
  return {
    isClosed: true,
    candle: {
      openTime: new Date(1_700_000_000_000 + count * 60_000).toISOString(),
      open: price,
      high: price,
      low: price,
      close: price,
      volume: (count % 97).toFixed(3),
    },
  };
}
