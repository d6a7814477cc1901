import { Order, openOrderStatuses } from '../../entities/trading/Order.ts';
import { Position } from '../../entities/trading/Position.ts';
import type { EntityManager } from '../database/database.ts';
import type { RunnerParts } from './runner-parts.ts';

/**
 * What a bot's ledger has that may still change, as it was committed: to be read, not to be changed. It is read once until the bot's runner writes again, because
 * whoever holds the lease is the only one to write it; one that was overtaken without knowing hears of it in its next transaction.
 */
export class Books {
  readonly #parts: Pick<RunnerParts, 'database' | 'context'>;
  #orders: Promise<readonly Order[]> | undefined;
  #positions: Promise<readonly Position[]> | undefined;
  #written = 0;

  constructor(parts: Pick<RunnerParts, 'database' | 'context'>) {
    this.#parts = parts;
  }

  /** How often the runner has written since it began. */
  get written(): number {
    return this.#written;
  }

  /** The runner is writing, or has. */
  changed(): void {
    this.#written += 1;
    this.#forget();
  }

  /** Open orders, oldest first. */
  openOrders(): Promise<readonly Order[]> {
    this.#orders ??= this.#read((em, bot) =>
      em.find(Order, { bot, status: { $in: openOrderStatuses } }, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    );
    return this.#orders;
  }

  /** Positions that are open, and those that have left dust in the account. */
  positions(): Promise<readonly Position[]> {
    this.#positions ??= this.#read((em, bot) => em.find(Position, { bot, $or: [{ isOpen: true }, { dust: { $ne: null } }] }));
    return this.#positions;
  }

  /** The open position in the bot's market. */
  async position(): Promise<Position | undefined> {
    const { symbol } = this.#parts.context;
    return (await this.positions()).find((position) => position.isOpen && position.symbol === symbol);
  }

  async #read<T>(read: (em: EntityManager, botId: string) => Promise<T>): Promise<T> {
    const { database, context } = this.#parts;
    try {
      return await read(database.forUser(context.userId), context.botId);
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  #forget(): void {
    this.#orders = undefined;
    this.#positions = undefined;
  }
}
