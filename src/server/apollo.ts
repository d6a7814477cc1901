import { ApolloServer, type ApolloServerPlugin, type BaseContext, type GraphQLRequestListener, HeaderMap } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import type { GraphQLError } from 'graphql';
import type { Server } from 'node:http';
import type { DomainError, ErrorCode } from '../services/errors.ts';
import type { Logger } from '../services/logger.ts';
import type { Caller, Pipeline } from './pipeline/pipeline.ts';

/** Apollo's context is only the caller; what resolvers see is made by the pipeline. */
export interface ApolloContext extends BaseContext {
  readonly caller: Caller;
}

/** HTTP status of a request that was refused before anything ran (GraphQL over HTTP, section 6.4.2). */
const statusOf: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  THROTTLED: 429,
  TIMEOUT: 503,
  SHUTTING_DOWN: 503,
};

/** Apollo Server: HTTP's rules, content types and CSRF prevention; the operation itself goes through the pipeline. */
export function createApollo(options: {
  pipeline: Pipeline;
  httpServer: Server;
  logger: Logger;
  hideSuggestions: boolean;
}): ApolloServer<ApolloContext> {
  const { pipeline, logger } = options;
  const { documents } = pipeline;
  return new ApolloServer<ApolloContext>({
    schema: documents.schema,
    // The pipeline's rules decide, over HTTP and WebSocket alike.
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: options.hideSuggestions,
    stopOnTerminationSignals: false,
    documentStore: documents,
    parseOptions: documents.parseOptions,
    validationRules: [...documents.rules],
    logger,
    plugins: [
      // It instruments every field, at a third of the speed.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer: options.httpServer }),
      throughPipeline(pipeline),
    ],
  });
}

function throughPipeline(pipeline: Pipeline): ApolloServerPlugin<ApolloContext> {
  const listener: GraphQLRequestListener<ApolloContext> = {
    async responseForOperation({ document, request, contextValue: { caller } }) {
      const { result, refusal } = await pipeline.run(document, request.operationName, request.variables ?? {}, caller);
      const headers = new HeaderMap([['x-request-id', caller.requestId]]);
      const status = refusal && wantsStatus(request.http?.headers) ? (statusOf[refusal.code] ?? 400) : undefined;
      if (refusal) addRetryAfter(headers, refusal);
      return { http: { headers, ...(status ? { status } : {}) }, body: { kind: 'single', singleResult: result } };
    },
    async willSendResponse({ response, errors, contextValue: { caller } }) {
      // Errors that Apollo found itself (syntax, validation) were never in the pipeline: mask them the same way.
      if (response.body.kind !== 'single' || response.http.headers.has('x-request-id')) return;
      response.http.headers.set('x-request-id', caller.requestId);
      const { singleResult } = response.body;
      if (singleResult.errors && errors) singleResult.errors = pipeline.formatErrors(errors as readonly GraphQLError[], caller);
    },
  };
  return { requestDidStart: async () => listener };
}

/** Clients of the old media type expect 200 with errors in the body; the new one asks for real statuses. */
function wantsStatus(headers: HeaderMap | undefined): boolean {
  return headers?.get('accept')?.includes('application/graphql-response+json') ?? false;
}

function addRetryAfter(headers: HeaderMap, refusal: DomainError): void {
  const { retryAfterMs } = refusal.details;
  if (typeof retryAfterMs === 'number') headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)));
}
