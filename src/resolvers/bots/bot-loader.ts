import DataLoader from 'dataloader';
import type { BotList } from '../../services/bots/bot-list.ts';
import type { BotView } from '../../services/bots/bot-view.ts';
import { type RequestContext, viewerOf } from '../context.ts';
import { type Bot, botOf } from './types.ts';

/** A bot by its row's id, batched; null when it is gone or was never there. */
export async function loadBot(list: BotList, id: string | null, context: RequestContext): Promise<Bot | null> {
  if (id === null) return null;
  const loader = context.loaders.get(list, () => {
    const viewer = viewerOf(context);
    return new DataLoader<string, BotView | undefined>(async (ids) => {
      const views = await list.byIds(viewer, ids);
      return ids.map((one) => views.get(one));
    });
  });
  const view = await loader.load(id);
  return view ? botOf(view) : null;
}
