import { DailyBalance } from '../../entities/portfolio/DailyBalance.ts';
import { decimal, type Decimal } from '../../trading/money.ts';
import type { EntityManager } from '../database/database.ts';
import { newId } from '../ids.ts';
import { ledgerAmount } from '../orders/amounts.ts';
import type { OrderContext } from '../orders/order-context.ts';

/** What a bot is worth at the end of each UTC day, as its candles tell it, until a transaction writes it down. */
export class DayBook {
  readonly #days = new Map<string, number>();
  /** The row that was written last; one whose transaction did not come to its end is not there. */
  #written: { readonly id: string; readonly date: string; readonly equity: number } | undefined;

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
      const known = this.#written?.date === date ? this.#written.id : undefined;
      const id = await writeDay(em, context, date, ledgerAmount(decimal(equity)), known);
      this.#written = { id, date, equity };
    }
    this.#days.clear();
  }
}

async function writeDay(
  em: EntityManager,
  context: OrderContext,
  date: string,
  balance: Decimal,
  known: string | undefined,
): Promise<string> {
  // The same row again and again while a day lasts: it need not be read each time.
  const changed = { balance, updatedAt: new Date() };
  if (known !== undefined && (await em.nativeUpdate(DailyBalance, { id: known }, changed)) > 0) return known;
  const { userId, exchangeId, botId, quoteAsset: asset } = context;
  const key = { user: userId, exchange: exchangeId, identifier: botId, asset, date };
  const row = (await em.findOne(DailyBalance, key)) ?? em.create(DailyBalance, { id: newId(), ...key, balance });
  row.balance = balance;
  em.persist(row);
  return row.id;
}
