import type { BotList } from '../../services/bots/bot-list.ts';
import type { IdPrefix } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { botOf } from './types.ts';

/** How bots are refetched by id. */
export function botNodes(list: BotList): [IdPrefix, NodeLoader][] {
  return [['bot', async (viewer, ids) => [...(await list.byIds(viewer, ids)).values()].map(botOf)]];
}
