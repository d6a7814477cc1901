import type { Bot } from '../../entities/trading/Bot.ts';
import type { BotState } from '../../entities/trading/BotState.ts';
import { allowedActions, type BotAction, type BotStatus } from '../../trading/bot.ts';
import { DomainError } from '../errors.ts';

/* Why a bot cannot be changed just now. */

export function nameTaken(name: string, path: readonly string[] = ['input', 'name']): DomainError {
  return new DomainError('TAKEN', `you have a bot named "${name}" already`, { path });
}

export function assertVersion(bot: Bot, state: BotState, expected: number | null | undefined): void {
  const current = bot.version + state.version;
  if (expected === null || expected === undefined || expected === current) return;
  throw new DomainError('VERSION_CONFLICT', `bot "${bot.name}" has version ${current}, not ${expected}: read it again`, {
    path: ['input', 'expectedVersion'],
    details: { currentVersion: current },
  });
}

export function assertAllowed(bot: Bot, state: BotState, action: BotAction): void {
  const allowed = allowedActions(state.status);
  if (allowed.includes(action)) return;
  throw new DomainError(
    'INVALID_TRANSITION',
    `bot "${bot.name}" is ${state.status}, which does not allow ${action}; it allows ${allowed.join(', ') || 'nothing'}`,
    { path: ['input', 'id'], details: { from: state.status } },
  );
}

export function invalidTransition(bot: Bot, from: BotStatus, to: BotStatus): DomainError {
  return new DomainError(
    'INVALID_TRANSITION',
    `bot "${bot.name}" is ${from} and cannot become ${to}; it allows ${allowedActions(from).join(', ') || 'nothing now'}`,
    { path: ['input', 'id'], details: { from, to } },
  );
}
