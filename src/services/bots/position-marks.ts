import { Position } from '../../entities/trading/Position.ts';
import { Decimal, decimal } from '../../trading/money.ts';
import { PositionSide } from '../../trading/position.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { OrderContext } from '../orders/order-context.ts';
import { positionView } from '../orders/views.ts';
import type { RunnerTransaction } from './runner-parts.ts';

/** Values the bot's open position, if it has one, at the close of a candle. */
export async function markPosition({ em, events }: RunnerTransaction, context: OrderContext, close: number): Promise<void> {
  const position = await em.findOne(Position, { bot: context.botId, symbol: context.symbol, isOpen: true });
  if (!position) return;
  const price = ledgerAmount(decimal(close));
  const sign = new Decimal(position.side === PositionSide.LONG ? 1 : -1);
  position.currentPrice = price;
  position.unrealizedPnl = ledgerAmount(price.sub(position.entryPrice).mul(position.quantity).mul(sign));
  await em.flush();
  const subjects = { botId: context.botId, positionId: position.id };
  events.push({
    userId: context.userId,
    type: 'POSITION_CHANGED',
    subjects,
    payload: { position: positionView(position), closedTrade: null },
  });
}
