import { DailyBalance } from '../../entities/portfolio/DailyBalance.ts';
import { decimal, type Decimal } from '../../trading/money.ts';
import type { EntityManager } from '../database/database.ts';
import { newId } from '../ids.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { OrderContext } from '../orders/order-context.ts';

/** What a bot is worth at the end of each UTC day, as its candles tell it, until a transaction writes it down. */
export class DayBook {
  readonly #days = new Map<string, number>();
  #written: { readonly date: string; readonly equity: number } | undefined;

  /**
   * A candle has closed.
   * @param closedAt ms UTC; a close at midnight is the end of the day before
   * @param equity capital with the open position, in quote currency
   */
  note(closedAt: number, equity: number): void {
    const date = new Date(closedAt - 1).toISOString().slice(0, 10);
    if (this.#written?.date === date && this.#written.equity === equity && !this.#days.has(date)) return;
    this.#days.set(date, equity);
  }

  /** Writes what was noted, one row a day, inside the caller's transaction. */
  async write(em: EntityManager, context: OrderContext): Promise<void> {
    for (const [date, equity] of this.#days) {
      await writeDay(em, context, date, ledgerAmount(decimal(equity)));
      this.#written = { date, equity };
    }
    this.#days.clear();
  }
}

async function writeDay(em: EntityManager, context: OrderContext, date: string, balance: Decimal): Promise<void> {
  const { userId, exchangeId, botId, quoteAsset: asset } = context;
  const key = { user: userId, exchange: exchangeId, identifier: botId, asset, date };
  const row = await em.findOne(DailyBalance, key);
  if (row) row.balance = balance;
  else em.persist(em.create(DailyBalance, { id: newId(), ...key, balance }));
}
