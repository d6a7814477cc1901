import type { EntityClass } from '@mikro-orm/core';
import { ClosedTrade } from '../../entities/trading/ClosedTrade.ts';
import { Order } from '../../entities/trading/Order.ts';
import { Position } from '../../entities/trading/Position.ts';
import { Trade } from '../../entities/trading/Trade.ts';
import { canonical, decimal } from '../../trading/money.ts';
import type { Count, Database, Page, PageArguments, RowFilter, RowKey, RowOf, RowOrder } from '../database/index.ts';
import type { Viewer } from '../viewer.ts';
import type { ClosedTradeView, OrderView, PositionView, TradeView } from './views.ts';

/**
 * Which part of a list is wanted. `fields` are those of the view, or the name of something that a row refers to (`bot`), whose id then
 * comes; all when absent. The row's own id always comes; names that are neither are nothing to this list.
 */
export interface ListQuery<E> {
  readonly where?: RowFilter<E> | null | undefined;
  readonly orderBy?: readonly RowOrder<E>[] | null | undefined;
  readonly fields?: readonly string[] | undefined;
}

type Row = Record<string, unknown>;

/** One kind of ledger row, to be read in pages by its owner. A view that was read with fewer fields has only those. */
export class LedgerList<E extends object, V extends { readonly id: string }> {
  readonly #database: Database;
  readonly #entity: EntityClass<E>;
  readonly #columns: readonly RowKey<E>[];
  /** Columns that a field of the view is made of, where it is no column itself. */
  readonly #derived: Readonly<Record<string, readonly RowKey<E>[]>>;
  readonly #finish: (row: Row) => void;

  constructor(
    database: Database,
    entity: EntityClass<E>,
    columns: readonly RowKey<E>[],
    derived: Readonly<Record<string, readonly RowKey<E>[]>> = {},
    finish: (row: Row) => void = () => undefined,
  ) {
    this.#database = database;
    this.#entity = entity;
    this.#columns = columns;
    this.#derived = derived;
    this.#finish = finish;
  }

  async page(viewer: Viewer, args: PageArguments, query: ListQuery<E> = {}): Promise<Page<V>> {
    const { where, orderBy } = query;
    return this.#views(
      await this.#database.rows(viewer.userId).page(this.#entity, { fields: this.#fields(query), where, orderBy }, args),
    );
  }

  /** One page for each of many parents, in one statement. */
  async pageOfEach(
    viewer: Viewer,
    parent: RowKey<E>,
    parentIds: readonly string[],
    args: PageArguments,
    query: ListQuery<E> = {},
  ): Promise<Map<string, Page<V>>> {
    const { where, orderBy } = query;
    const fields = this.#fields(query);
    const pages = await this.#database
      .rows(viewer.userId)
      .pageOfEach(this.#entity, parent, parentIds, { fields, where, orderBy }, args);
    return new Map([...pages].map(([id, page]) => [id, this.#views(page)]));
  }

  count(viewer: Viewer, where?: RowFilter<E> | null): Promise<Count> {
    return this.#database.rows(viewer.userId).countUpTo(this.#entity, where ?? undefined);
  }

  countOfEach(
    viewer: Viewer,
    parent: RowKey<E>,
    parentIds: readonly string[],
    where?: RowFilter<E>,
  ): Promise<Map<string, Count>> {
    return this.#database.rows(viewer.userId).countUpToOfEach(this.#entity, parent, parentIds, where);
  }

  /** By id; those that are missing or somebody else's are left out. */
  async byIds(viewer: Viewer, ids: readonly string[]): Promise<Map<string, V>> {
    const rows = await this.#database.rows(viewer.userId).byIds(this.#entity, ids, this.#columns);
    for (const row of rows.values()) this.#finish(row);
    return rows as unknown as Map<string, V>;
  }

  /** The first that meets a condition; null when there is none. */
  async first(viewer: Viewer, where: RowFilter<E>): Promise<V | null> {
    const { rows } = await this.page(viewer, { first: 1 }, { where });
    return rows[0] ?? null;
  }

  #fields({ fields }: ListQuery<E>): readonly RowKey<E>[] {
    if (!fields) return this.#columns;
    const known = new Set<string>(this.#columns);
    const wanted = new Set<string>(['id']);
    for (const field of fields)
      for (const column of this.#derived[field] ?? [field, `${field}Id`]) if (known.has(column)) wanted.add(column);
    return [...wanted] as RowKey<E>[];
  }

  #views(page: Page<Pick<RowOf<E>, RowKey<E>>>): Page<V> {
    for (const row of page.rows) this.#finish(row);
    return page as unknown as Page<V>;
  }
}

/** Everything that the ledger has to show. */
export interface LedgerLists {
  readonly orders: LedgerList<Order, OrderView>;
  readonly trades: LedgerList<Trade, TradeView>;
  readonly positions: LedgerList<Position, PositionView>;
  readonly closedTrades: LedgerList<ClosedTrade, ClosedTradeView>;
}

export function ledgerLists(database: Database): LedgerLists {
  return {
    orders: new LedgerList(database, Order, orderColumns, { remainingAmount: ['amount', 'filledAmount'] }, addRemaining),
    trades: new LedgerList(database, Trade, tradeColumns),
    positions: new LedgerList(database, Position, positionColumns),
    closedTrades: new LedgerList(database, ClosedTrade, closedTradeColumns),
  };
}

function addRemaining(row: Row): void {
  const { amount, filledAmount } = row;
  if (typeof amount !== 'string' || typeof filledAmount !== 'string') return;
  row['remainingAmount'] = filledAmount === '0' ? amount : canonical(decimal(amount).sub(decimal(filledAmount)));
}

const orderColumns = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'botId',
  'strategyId',
  'exchangeId',
  'symbol',
  'side',
  'type',
  'timeInForce',
  'price',
  'stopPrice',
  'amount',
  'filledAmount',
  'averagePrice',
  'cost',
  'fee',
  'status',
  'clientOrderId',
  'exchangeOrderId',
  'reduceOnly',
  'isPaper',
  'exitReason',
  'rejectReason',
  'submittedAt',
  'acceptedAt',
  'executedAt',
  'cancelRequestedAt',
  'cancelOutcome',
  'canceledAt',
] as const satisfies readonly RowKey<Order>[];

const tradeColumns = [
  'id',
  'createdAt',
  'botId',
  'strategyId',
  'orderId',
  'positionId',
  'exchangeId',
  'exchangeTradeId',
  'symbol',
  'side',
  'type',
  'price',
  'amount',
  'cost',
  'fee',
  'feeCurrency',
  'feeInQuote',
  'pnl',
  'realizedPnl',
  'liquidity',
  'isPaper',
  'executedAt',
] as const satisfies readonly RowKey<Trade>[];

const positionColumns = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'botId',
  'exchangeId',
  'symbol',
  'marketType',
  'side',
  'quantity',
  'entryPrice',
  'currentPrice',
  'unrealizedPnl',
  'realizedPnl',
  'funding',
  'dust',
  'leverage',
  'liquidationPrice',
  'isOpen',
  'openedAt',
  'closedAt',
] as const satisfies readonly RowKey<Position>[];

const closedTradeColumns = [
  'id',
  'createdAt',
  'botId',
  'positionId',
  'strategyName',
  'exchangeId',
  'symbol',
  'side',
  'quantity',
  'entryPrice',
  'exitPrice',
  'fees',
  'funding',
  'pnl',
  'pnlPercent',
  'leverage',
  'exitReason',
  'isPaper',
  'openedAt',
  'closedAt',
] as const satisfies readonly RowKey<ClosedTrade>[];
