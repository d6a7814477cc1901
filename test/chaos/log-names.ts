import { toGlobalId } from '../../src/resolvers/ids.ts';
import type { EventLog } from '../../src/services/events/log.ts';
import type { LoggedEvent } from '../../src/services/events/event.ts';

interface Payload {
  readonly order?: { readonly id: string; readonly version: number };
  readonly trade?: { readonly id: string };
  readonly bot?: { readonly id: string; readonly version: number };
  readonly position?: { readonly id: string; readonly version: number };
}

/**
 * The names of a user's events as a client of the account's stream should have been told them, in order: the log is the truth.
 * @param start the sequence of the last event before the clients began
 */
export async function namesInLog(log: EventLog, userId: string, start: number): Promise<string[]> {
  const names: string[] = [];
  for (let after = start; ;) {
    const page = await log.read(userId, after, 1_000);
    names.push(...page.flatMap((event) => nameOf(event) ?? []));
    const last = page[page.length - 1];
    if (!last) return names;
    after = last.sequence;
  }
}

function nameOf({ type, payload }: LoggedEvent): string | undefined {
  const { order, trade, bot, position } = payload as Payload;
  if (type === 'ORDER_FILLED' && trade) return toGlobalId('trd', trade.id);
  if (type === 'ORDER_CHANGED' && order) return `${toGlobalId('ord', order.id)} ${order.version}`;
  if (type.startsWith('BOT_') && bot) return `${toGlobalId('bot', bot.id)} ${bot.version}`;
  if (type.startsWith('POSITION_') && position) return `${toGlobalId('pos', position.id)} ${position.version}`;
  return undefined;
}
