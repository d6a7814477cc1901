import { raw } from '@mikro-orm/core';
import { Backtest } from '../../entities/research/Backtest.ts';
import { BacktestTrade } from '../../entities/research/BacktestTrade.ts';
import type { PortfolioTrade } from '../../trading/portfolio/types.ts';
import type { Database } from '../database/index.ts';
import { tradeRows } from './result-rows.ts';

/**
 * Trades of one transaction: a run can have hundreds of thousands, and neither the event loop nor, on SQLite, whoever else writes can wait for
 * all of them. PostgreSQL takes 65,535 values in a statement, and a trade has eighteen.
 */
const tradesAtOnce = 500;
/** Rows that one statement deletes. */
const deletedAtOnce = 10_000;

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Stores the trades of a running backtest, piece by piece; nobody is shown them before it is COMPLETED.
 * @returns false when it was not running any more: then some of them are there
 */
export async function storeTrades(
  database: Database,
  { id, userId }: { readonly id: string; readonly userId: string },
  trades: readonly PortfolioTrade[],
): Promise<boolean> {
  for (let from = 0; from < trades.length; from += tradesAtOnce) {
    const rows = tradeRows(id, userId, trades.slice(from, from + tradesAtOnce), from);
    const isRunning = await database.transaction(async (em) => {
      // Whoever cancels it waits for this piece, or is seen by it.
      const alive = { updatedAt: new Date(), version: raw('version') };
      if ((await em.nativeUpdate(Backtest, { id, status: 'RUNNING' }, alive)) === 0) return false;
      await em.insertMany(BacktestTrade, rows);
      return true;
    });
    if (!isRunning) return false;
    await othersTurn();
  }
  return true;
}

/** Deletes what a run without a result has stored of its trades, piece by piece; those of a COMPLETED one stay. */
export async function forgetTrades(database: Database, id: string): Promise<void> {
  for (let from = 0; ; from += deletedAtOnce) {
    const ordinal = { $gte: from, $lt: from + deletedAtOnce };
    // They are numbered without a gap, so the first piece that is not full was the last.
    const deleted = await database.transaction(async (em) => {
      if ((await em.count(Backtest, { id, status: 'COMPLETED' })) > 0) return 0;
      return em.nativeDelete(BacktestTrade, { backtest: id, ordinal });
    });
    if (deleted < deletedAtOnce) return;
    await othersTurn();
  }
}
