import DataLoader from 'dataloader';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ApiKeyService } from '../../services/api-keys/api-key-service.ts';
import type { ApiKeyView } from '../../services/api-keys/api-key-view.ts';
import { Bot } from '../bots/types.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { ApiKey, apiKeyOf } from './types.ts';

/** The key of a bot. */
@Resolver(() => Bot)
export class BotKeyField {
  readonly #keys: ApiKeyService;

  constructor(keys: ApiKeyService) {
    this.#keys = keys;
  }

  @FieldResolver(() => ApiKey, {
    nullable: true,
    description: 'What a LIVE bot trades with; null for PAPER, or when it was deleted.',
  })
  async apiKey(@Root() { view }: Bot, @Ctx() context: RequestContext): Promise<ApiKey | null> {
    const { apiKeyId } = view;
    // Events that are older than keys say nothing of them.
    if (apiKeyId === null || apiKeyId === undefined) return null;
    const loader = context.loaders.get('key of a bot', () => {
      const viewer = viewerOf(context);
      return new DataLoader<string, ApiKeyView | undefined>(async (ids) => {
        const found = await this.#keys.byIds(viewer, ids);
        return ids.map((id) => found.get(id));
      });
    });
    const key = await loader.load(apiKeyId);
    return key ? apiKeyOf(key) : null;
  }
}
