import { Position } from '../../entities/trading/Position.ts';
import type { EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import type { FundingPayment } from '../exchanges/port/exchange.ts';
import { ledgerAmount } from './amounts.ts';
import type { OrderContext } from './order-context.ts';
import { positionView } from './views.ts';

/**
 * Books funding of the open position, inside the caller's transaction.
 * @returns the position; null when this payment is booked already, or was not for what is held now: telling it twice changes nothing
 */
export async function bookFunding(
  em: EntityManager,
  { botId }: OrderContext,
  { symbol, at, paid }: FundingPayment,
): Promise<Position | null> {
  const position = await em.findOne(Position, { bot: botId, symbol, isOpen: true });
  if (position === null || at <= (position.fundedAt ?? position.openedAt).getTime()) return null;
  position.funding = ledgerAmount(position.funding.add(paid));
  position.realizedPnl = ledgerAmount(position.realizedPnl.sub(paid));
  position.fundedAt = new Date(at);
  await em.flush();
  return position;
}

/** The event of a position that paid funding. */
export function fundedEvent(position: Position): EventDraft {
  return {
    userId: position.user.id,
    type: 'POSITION_CHANGED',
    subjects: { botId: position.bot?.id, positionId: position.id },
    payload: { position: positionView(position), closedTrade: null },
  };
}
