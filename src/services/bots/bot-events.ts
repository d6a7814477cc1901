import type { Bot } from '../../entities/trading/Bot.ts';
import type { BotState } from '../../entities/trading/BotState.ts';
import type { BotStatus } from '../../trading/bot.ts';
import type { EventDraft } from '../events/event.ts';
import { botView } from './bot-view.ts';

/** A bot's state as it has become; made after flushing. */
export function botStateChanged(bot: Bot, state: BotState, previousStatus: BotStatus): EventDraft {
  const payload = { previousStatus, bot: botView(bot, state) };
  return { userId: bot.user.id, type: 'BOT_STATE_CHANGED', subjects: { botId: bot.id }, payload };
}

/** A bot that was made or whose terms were changed; made after flushing. */
export function botChanged(bot: Bot, state: BotState): EventDraft {
  const payload = { previousStatus: state.status, bot: botView(bot, state) };
  return { userId: bot.user.id, type: 'BOT_CHANGED', subjects: { botId: bot.id }, payload };
}

export function botDeleted(bot: Bot): EventDraft {
  const payload = { deletedId: bot.id, name: bot.name };
  return { userId: bot.user.id, type: 'BOT_DELETED', subjects: { botId: bot.id }, payload };
}
