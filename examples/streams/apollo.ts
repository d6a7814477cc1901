/*
 * Resumable subscriptions in Apollo Client: a link that takes the place of GraphQLWsLink.
 *
 *   const link = ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, resumableLink(socket), http);
 */
import { ApolloLink, Observable } from '@apollo/client';
import { print } from 'graphql';
import type { Client } from 'graphql-ws';
import { type CursorStore, memoryStore, pipe } from './resumable.ts';

/**
 * Each subscription goes on after its last cursor when the connection breaks.
 * @param storeOf where a subscription, known by its operation name, keeps its cursor; in memory when left out
 */
export function resumableLink(client: Client, storeOf: (operationName: string) => CursorStore = () => memoryStore()): ApolloLink {
  return new ApolloLink(
    ({ query, operationName = '', variables }) =>
      new Observable((sink) =>
        pipe({ client, query: print(query), operationName, variables, store: storeOf(operationName) }, sink as never),
      ),
  );
}
