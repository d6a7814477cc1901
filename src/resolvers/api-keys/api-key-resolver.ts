import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ApiKeyService } from '../../services/api-keys/api-key-service.ts';
import type { MarketDataService } from '../../services/market-data/market-data-service.ts';
import { PageArgs, PageView } from '../connection.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { fromGlobalId, toGlobalId } from '../ids.ts';
import type { IdPrefix } from '../ids.ts';
import { loadExchange } from '../market-data/exchange-loader.ts';
import { Exchange } from '../market-data/types.ts';
import type { NodeLoader } from '../node.ts';
import { mutation } from '../payload.ts';
import { CreateApiKeyInput, DeleteApiKeyInput, RotateApiKeyInput, UpdateApiKeyInput, ValidateApiKeyInput } from './inputs.ts';
import {
  CreateApiKeyPayload,
  DeleteApiKeyPayload,
  RotateApiKeyPayload,
  UpdateApiKeyPayload,
  ValidateApiKeyPayload,
} from './payloads.ts';
import { ApiKey, ApiKeyConnection, apiKeyOf } from './types.ts';

const input = { description: 'What the mutation needs.' };
const idPath = ['input', 'id'];
const uuidOf = (id: string): string => fromGlobalId('key', id, idPath);

/** Keys of exchanges: looked at, stored, renamed, rotated, validated, deleted. */
@Resolver(() => ApiKey)
export class ApiKeyResolver {
  readonly #keys: ApiKeyService;
  readonly #marketData: MarketDataService;

  constructor(keys: ApiKeyService, marketData: MarketDataService) {
    this.#keys = keys;
    this.#marketData = marketData;
  }

  @Query(() => ApiKeyConnection, { description: 'Your keys of exchanges, newest first.' })
  async apiKeys(@Args(() => PageArgs) page: PageArgs, @Ctx() context: RequestContext): Promise<PageView<unknown, ApiKey>> {
    const viewer = viewerOf(context);
    return new PageView(await this.#keys.page(viewer, page), apiKeyOf, () => this.#keys.count(viewer));
  }

  @Query(() => ApiKey, { nullable: true, description: 'A key of yours; null when there is none with this id.' })
  async apiKey(
    @Arg('id', () => ID, { description: 'A key_ id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<ApiKey | null> {
    const uuid = fromGlobalId('key', id, ['id']);
    const found = (await this.#keys.byIds(viewerOf(context), [uuid])).get(uuid);
    return found ? apiKeyOf(found) : null;
  }

  @FieldResolver(() => Exchange, { description: 'Whose key it is.' })
  exchange(@Root() { exchangeId }: ApiKey, @Ctx() context: RequestContext): Promise<Exchange> {
    return loadExchange(this.#marketData, exchangeId, context);
  }

  @Mutation(() => CreateApiKeyPayload, {
    description: 'Asks the exchange what a key may do, then stores it, encrypted. A key that may withdraw is refused.',
  })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, input) key: CreateApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateApiKeyPayload> {
    return mutation(CreateApiKeyPayload, async () => {
      return { apiKey: apiKeyOf(await this.#keys.create(viewerOf(context), key, context.ip)) };
    });
  }

  @Mutation(() => UpdateApiKeyPayload, { description: 'Calls a key something else.' })
  updateApiKey(
    @Arg('input', () => UpdateApiKeyInput, input) { id, ...changes }: UpdateApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdateApiKeyPayload> {
    return mutation(UpdateApiKeyPayload, async () => {
      return { apiKey: apiKeyOf(await this.#keys.update(viewerOf(context), { id: uuidOf(id), ...changes }, context.ip)) };
    });
  }

  @Mutation(() => RotateApiKeyPayload, {
    description:
      'Puts new secrets in the place of the old ones, in one step, after asking the exchange about them. Bots that trade with the key begin anew with them.',
  })
  rotateApiKey(
    @Arg('input', () => RotateApiKeyInput, input) { id, ...secrets }: RotateApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<RotateApiKeyPayload> {
    return mutation(RotateApiKeyPayload, async () => {
      return { apiKey: apiKeyOf(await this.#keys.rotate(viewerOf(context), { id: uuidOf(id), ...secrets }, context.ip)) };
    });
  }

  @Mutation(() => ValidateApiKeyPayload, {
    description:
      'Asks the exchange once more what a key may do, and keeps the answer. No answer is an error, and changes nothing.',
  })
  validateApiKey(
    @Arg('input', () => ValidateApiKeyInput, input) { id }: ValidateApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<ValidateApiKeyPayload> {
    return mutation(ValidateApiKeyPayload, async () => {
      return { apiKey: apiKeyOf(await this.#keys.validate(viewerOf(context), uuidOf(id), context.ip)) };
    });
  }

  @Mutation(() => DeleteApiKeyPayload, { description: 'Deletes a key. No bot that is not STOPPED may trade with it.' })
  deleteApiKey(
    @Arg('input', () => DeleteApiKeyInput, input) { id, expectedVersion }: DeleteApiKeyInput,
    @Ctx() context: RequestContext,
  ): Promise<DeleteApiKeyPayload> {
    return mutation(DeleteApiKeyPayload, async () => {
      const deleted = await this.#keys.delete(viewerOf(context), uuidOf(id), expectedVersion, context.ip);
      return { deletedId: toGlobalId('key', deleted) };
    });
  }
}

/** How keys are refetched by id. */
export function apiKeyNodes(keys: ApiKeyService): [IdPrefix, NodeLoader][] {
  return [['key', async (viewer, ids) => [...(await keys.byIds(viewer, ids)).values()].map(apiKeyOf)]];
}
