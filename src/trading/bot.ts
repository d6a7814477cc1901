/** What a bot is doing. */
export const BotStatus = {
  STOPPED: 'STOPPED',
  STARTING: 'STARTING',
  RUNNING: 'RUNNING',
  PAUSED: 'PAUSED',
  STOPPING: 'STOPPING',
  ERROR: 'ERROR',
} as const;
export type BotStatus = (typeof BotStatus)[keyof typeof BotStatus];

/** PAPER simulates fills; LIVE sends orders to the exchange. */
export const TradingMode = { PAPER: 'PAPER', LIVE: 'LIVE' } as const;
export type TradingMode = (typeof TradingMode)[keyof typeof TradingMode];

/**
 * The only ways a bot's status changes. RUNNING goes back to STARTING when another runner takes over after a crash and must
 * reconcile first; a paused bot manages its open position but opens none; ERROR needs a person.
 */
export const botTransitions: Readonly<Record<BotStatus, readonly BotStatus[]>> = {
  STOPPED: ['STARTING', 'ERROR'],
  STARTING: ['RUNNING', 'STOPPING', 'ERROR'],
  RUNNING: ['PAUSED', 'STOPPING', 'STARTING', 'ERROR'],
  PAUSED: ['RUNNING', 'STOPPING', 'ERROR'],
  STOPPING: ['STOPPED', 'ERROR'],
  ERROR: ['STARTING', 'STOPPED'],
};

/** What a client may offer as buttons. */
export const BotAction = {
  START: 'START',
  PAUSE: 'PAUSE',
  RESUME: 'RESUME',
  STOP: 'STOP',
  UPDATE: 'UPDATE',
  DELETE: 'DELETE',
} as const;
export type BotAction = (typeof BotAction)[keyof typeof BotAction];

const actions: Readonly<Record<BotStatus, readonly BotAction[]>> = {
  STOPPED: ['START', 'UPDATE', 'DELETE'],
  STARTING: ['STOP'],
  RUNNING: ['PAUSE', 'STOP'],
  PAUSED: ['RESUME', 'STOP'],
  STOPPING: [],
  ERROR: ['START', 'STOP', 'UPDATE'],
};

/** What a person may ask of a bot now. */
export function allowedActions(status: BotStatus): readonly BotAction[] {
  return actions[status];
}

export function canMoveBot(from: BotStatus, to: BotStatus): boolean {
  return botTransitions[from].includes(to);
}

/**
 * Moves a bot along the table.
 * @returns the new status
 * @throws RangeError when the table has no such step
 */
export function moveBot(from: BotStatus, to: BotStatus): BotStatus {
  if (!canMoveBot(from, to))
    throw new RangeError(`a bot cannot go from ${from} to ${to}; from ${from} it may go to ${botTransitions[from].join(', ')}`);
  return to;
}
