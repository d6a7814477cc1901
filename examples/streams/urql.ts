/*
 * Resumable subscriptions in urql: what `subscriptionExchange` is given.
 *
 *   new Client({ url, exchanges: [cacheExchange, fetchExchange, resumableExchange(socket)] });
 */
import { type Exchange, subscriptionExchange } from '@urql/core';
import type { Client } from 'graphql-ws';
import { type CursorStore, memoryStore, pipe } from './resumable.ts';

/**
 * Each subscription goes on after its last cursor when the connection breaks.
 * @param storeOf where a subscription, known by its document, keeps its cursor; in memory when left out
 */
export function resumableExchange(client: Client, storeOf: (query: string) => CursorStore = () => memoryStore()): Exchange {
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({
        unsubscribe: pipe(
          { client, query, variables: variables as Record<string, unknown>, store: storeOf(query) },
          sink as never,
        ),
      }),
    }),
  });
}
