import type { LedgerLists } from '../../services/orders/ledger-list.ts';
import type { IdPrefix } from '../ids.ts';
import type { NodeLoader } from '../node.ts';
import { closedTradeOf } from './closed-trade.ts';
import { orderOf } from './order.ts';
import { positionOf } from './position.ts';
import { tradeOf } from './trade.ts';

/** How the ledger's rows are refetched by id. */
export function ledgerNodes({ orders, trades, positions, closedTrades }: LedgerLists): [IdPrefix, NodeLoader][] {
  return [
    ['ord', async (viewer, ids) => [...(await orders.byIds(viewer, ids)).values()].map(orderOf)],
    ['trd', async (viewer, ids) => [...(await trades.byIds(viewer, ids)).values()].map(tradeOf)],
    ['pos', async (viewer, ids) => [...(await positions.byIds(viewer, ids)).values()].map(positionOf)],
    ['ctd', async (viewer, ids) => [...(await closedTrades.byIds(viewer, ids)).values()].map(closedTradeOf)],
  ];
}
