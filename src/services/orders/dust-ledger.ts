import type { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import type { Position } from '../../entities/trading/Position.ts';
import { type ExitReason, positionOf, writtenOff } from '../../trading/position.ts';
import type { EntityManager } from '../database/database.ts';
import type { EventDraft } from '../events/event.ts';
import { type ExitTerms, isGivenUp, leastSold } from './dust.ts';
import { ledgerFill } from './ledger-fill.ts';
import type { OrderContext } from './order-context.ts';
import { newClosedTrade, openPosition, tradesOf, updatePosition } from './position-ledger.ts';
import { closedTradeView, positionView } from './views.ts';

/** At what a position is given up that no order can sell. */
export interface GivenUp extends ExitTerms {
  readonly exitReason: ExitReason | null;
  /** Milliseconds UTC. */
  readonly at: number;
}

/** A position that ended without an execution. */
export interface WrittenOff {
  readonly position: Position;
  readonly closedTrade: ClosedTrade;
}

/**
 * Ends an open position of which so little is held that no order can sell it: an entry that came to next to nothing, what a fee in the asset
 * took from it, the rest that an exit has left. Inside the caller's transaction.
 * @returns undefined when there is none, it can be sold, or it is worth more than anybody but its owner may give up
 */
export async function writeOffDust(em: EntityManager, context: OrderContext, terms: GivenUp): Promise<WrittenOff | undefined> {
  const position = await openPosition(em, context);
  if (position === null) return undefined;
  const fills = (await tradesOf(em, position)).map((trade) => ledgerFill(context, trade));
  const held = positionOf(fills);
  if (!isGivenUp(held, fills, leastSold(context), terms)) return undefined;
  const { exitReason, price, at } = terms;
  const last = writtenOff(held);
  updatePosition(position, last, { price, at });
  position.dust = held.quantity;
  const closedTrade = newClosedTrade(em, context, exitReason, position, fills, last);
  await em.flush();
  return { position, closedTrade };
}

/** The event of a position that was written off. */
export function writtenOffEvent({ position, closedTrade }: WrittenOff): EventDraft {
  return {
    userId: position.user.id,
    type: 'POSITION_CLOSED',
    subjects: { botId: position.bot?.id, positionId: position.id },
    payload: { position: positionView(position), closedTrade: closedTradeView(closedTrade) },
  };
}
