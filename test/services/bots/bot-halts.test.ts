import { describe, expect, it } from 'vitest';
import { BotHalts } from '../../../src/services/bots/bot-halts.ts';
import type { OrderPlanner } from '../../../src/services/bots/order-planner.ts';
import type { RiskAction } from '../../../src/trading/risk-limits.ts';
import type { OrderLeg, SessionEvent } from '../../../src/trading/session.ts';
import { botWith, partsWith, transaction } from './support/builders.ts';

interface Case {
  readonly action: RiskAction | null;
  readonly pending?: OrderLeg;
  readonly isHolding?: boolean;
}

const waiting = 'drop waiting ENTRY';
const byHand = 'cancel all by hand';
const entriesByHand = 'cancel entries by hand';

describe('a halt', () => {
  const done: string[] = [];
  const halts = ({ action, pending, isHolding = false }: Case): BotHalts => {
    done.length = 0;
    return new BotHalts({
      parts: partsWith({ risk: { haltOf: async () => action && { action }, watch: async () => ['STOP_LOSS_GUARD'] } }),
      planner: {
        save: () => undefined,
        dropWaiting: async (_: unknown, leg: OrderLeg) => void done.push(`drop waiting ${leg}`),
        cancelByHand: ({ onlyEntries }: { onlyEntries: boolean }) => void done.push(onlyEntries ? entriesByHand : byHand),
        cancelPending: (isUrgent: boolean) => void done.push(`cancel pending${isUrgent ? ' at once' : ''}`),
      } as unknown as OrderPlanner,
      bot: {
        ...botWith({
          position: { side: isHolding ? 1 : 0 },
          pending: pending ? { leg: pending } : null,
          handle: (event: SessionEvent) => void done.push(event.type),
        }),
        lastPrice: 10,
      },
    });
  };

  it.each<Case & { why: string; expected: string[] }>([
    { why: 'there is none', action: null, pending: 'ENTRY', isHolding: true, expected: [] },
    { why: 'entries are not made', action: 'BLOCK_ENTRIES', pending: 'ENTRY', isHolding: true, expected: [waiting] },
    {
      why: 'entries on their way are taken back',
      action: 'CANCEL_ORDERS',
      pending: 'ENTRY',
      isHolding: true,
      expected: [waiting, entriesByHand, 'cancel pending at once'],
    },
    { why: 'exits on their way are left alone', action: 'CANCEL_ORDERS', pending: 'EXIT', expected: [waiting, entriesByHand] },
    { why: 'what is held is sold', action: 'FLATTEN', isHolding: true, expected: [waiting, byHand, 'CLOSE_POSITION'] },
    {
      why: 'what is being sold is not sold twice',
      action: 'FLATTEN',
      pending: 'EXIT',
      isHolding: true,
      expected: [waiting, byHand],
    },
    { why: 'there is nothing to sell', action: 'FLATTEN', expected: [waiting, byHand] },
  ])('$action: $why', async ({ expected, ...given }) => {
    const halted = halts(given);
    await halted.obey(transaction());
    expect([done, halted.isHalted]).toEqual([expected, given.action !== null]);
  });

  it.each([
    { status: 'RUNNING', expected: 'PAUSED' },
    { status: 'PAUSED', expected: 'PAUSED' },
  ] as const)('that begins after stops were hit leaves a bot that is $status $expected', async ({ status, expected }) => {
    const tx = transaction();
    tx.state.status = status;
    await halts({ action: null }).look(tx);
    expect(tx.state.status).toBe(expected);
  });
});
