import { Decimal } from '../../trading/money.ts';
import { applyFill, flat, type LedgerFill, type Position, writtenOff } from '../../trading/position.ts';
import { isDust } from './dust.ts';

/** What one fill did to a position. Quote currency. */
export interface FillResult {
  readonly position: Position;
  /** Price difference that the fill realised; zero when it opened. */
  readonly pnl: Decimal;
  /** The same after the fill's own fee and its share of the entry fees; zero when it opened. */
  readonly realizedPnl: Decimal;
  /** What it left of the asset although no order can sell so little, given up with it; in base currency, zero nearly always. */
  readonly dust: Decimal;
}

const zero = new Decimal(0);

/**
 * Follows a position fill by fill. Entry fees wait with the open quantity; a fill that closes a part takes that part's share of
 * them, so over a whole round trip the realised profits of the fills add up to that of the position. When the last fill sells and leaves less
 * than a step, the rest is written off: the exchange kept fees in the asset, and no order can sell what is left.
 * @param fills of one position, in their order
 * @param step the least that can be sold, in base currency; zero where any amount can
 * @returns one result per fill
 */
export function followPosition(fills: readonly LedgerFill[], step: Decimal = zero): readonly FillResult[] {
  let position = flat;
  let waitingFees = zero;
  return fills.map((fill, index) => {
    const before = position;
    position = applyFill(before, fill);
    const isRest = index === fills.length - 1 && isClosing(before, position) && isDust(position, step);
    const dust = isRest ? position.quantity : zero;
    if (isRest) position = writtenOff(position);
    if (!isClosing(before, position)) {
      waitingFees = waitingFees.add(fill.fee);
      return { position, pnl: zero, realizedPnl: zero, dust };
    }
    const pnl = position.grossPnl.sub(before.grossPnl);
    const isFull = position.side !== before.side;
    const closed = isFull ? before.quantity : before.quantity.sub(position.quantity);
    const share = isFull ? waitingFees : waitingFees.mul(closed).div(before.quantity);
    waitingFees = waitingFees.sub(share);
    return { position, pnl, realizedPnl: pnl.sub(fill.fee).sub(share), dust };
  });
}

/** A fill closes when less is held than before, or something else. */
function isClosing(before: Position, after: Position): boolean {
  return before.side !== null && (after.side !== before.side || after.quantity.lt(before.quantity));
}
