import { describe, expect, it } from 'vitest';
import { allowedActions, BotStatus, botTransitions, canMoveBot, moveBot } from '../../src/trading/bot.ts';

const all = Object.values(BotStatus);

const allowed: Readonly<Record<BotStatus, string>> = {
  STOPPED: 'STARTING ERROR',
  STARTING: 'RUNNING STOPPING ERROR',
  RUNNING: 'PAUSED STOPPING STARTING ERROR',
  PAUSED: 'RUNNING STOPPING ERROR',
  STOPPING: 'STOPPED ERROR',
  ERROR: 'STARTING STOPPED',
};

const actions: Readonly<Record<BotStatus, string>> = {
  STOPPED: 'START UPDATE DELETE',
  STARTING: 'STOP',
  RUNNING: 'PAUSE STOP',
  PAUSED: 'RESUME STOP',
  STOPPING: '',
  ERROR: 'START STOP UPDATE',
};

describe('bot states', () => {
  it.each(all)('from %s only the steps of the table are legal', (from) => {
    expect(all.filter((to) => canMoveBot(from, to)).sort()).toEqual(allowed[from].split(' ').sort());
  });

  it.each(all)('in %s exactly these actions are offered', (status) => {
    expect(allowedActions(status)).toEqual(actions[status].split(' ').filter(Boolean));
  });

  it('an error can come from anywhere, and only a person leads out of it', () => {
    expect(all.filter((from) => from !== 'ERROR' && !canMoveBot(from, 'ERROR'))).toEqual([]);
    expect(botTransitions.ERROR).toEqual(['STARTING', 'STOPPED']);
  });

  it('a bot that is not stopped or in error cannot be deleted or changed', () => {
    expect(all.filter((status) => allowedActions(status).includes('DELETE'))).toEqual(['STOPPED']);
    expect(all.filter((status) => allowedActions(status).includes('UPDATE'))).toEqual(['STOPPED', 'ERROR']);
  });

  it('an illegal step throws and names what is possible', () => {
    expect(moveBot('STOPPED', 'STARTING')).toBe('STARTING');
    expect(() => moveBot('STOPPED', 'RUNNING')).toThrow(
      'a bot cannot go from STOPPED to RUNNING; from STOPPED it may go to STARTING, ERROR',
    );
  });
});
