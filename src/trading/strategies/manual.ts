import { defineStrategy } from '../strategy.ts';

/** Decides nothing: a bot with it trades what its owner orders by hand, with the bot's own stop, target and limits. */
export const manual = defineStrategy({
  name: 'manual',
  description: 'Decides nothing: orders are placed by hand, the bot keeps the ledger and guards the position.',
  parameters: {},
  indicators: () => ({}),
  lookBack: 0,
  signals: () => (from, to, out) => out.fill(0, from, to),
});
