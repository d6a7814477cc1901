import { AsyncLocalStorage } from 'node:async_hooks';
import { Order } from '../../src/entities/trading/Order.ts';
import type { Database, EntityManager } from '../../src/services/database/index.ts';
import type { OrderStatus } from '../../src/trading/order.ts';
import { type Faults, StorageFault } from './faults.ts';
import { type Gate, never } from './gate.ts';
import type { Turnstile } from './turnstile.ts';

/** An order as a transaction leaves it. */
export interface CommittedOrder {
  readonly clientOrderId: string;
  readonly signalKey: string | null;
  readonly status: OrderStatus;
}

/** Where a process may die around a commit: INTENT and SENT are the two of sending an order. */
export type CommitPoint = `${'before' | 'after'} ${'INTENT' | 'SENT' | 'any'}`;

export interface ProcessDatabaseParts {
  readonly database: Database;
  readonly gate: Gate;
  readonly turnstile: Turnstile;
  readonly faults: Faults;
  /** A process may be made to die here. */
  readonly passes: (point: CommitPoint) => void;
  readonly onCommitted: (orders: readonly CommittedOrder[]) => void;
}

class Died extends Error {}

const inside = new AsyncLocalStorage<boolean>();

/** The database as one process has it: its work happens in turn with that of others, stops with the process, and may fail. */
export function processDatabase(parts: ProcessDatabaseParts): Database {
  const { database, gate, turnstile } = parts;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (inside.getStore()) return work();
    return (async () => {
      await gate.pass();
      const result = await turnstile.run(async () => (gate.isDead ? undefined : { value: await work() }));
      await gate.pass();
      return result ? result.value : never;
    })();
  };
  const gated = <T extends object>(target: T): T => proxyOf(target, (call) => inTurn(async () => call()));
  const replaced: Partial<Record<keyof Database, unknown>> = {
    transaction: <T>(work: (em: EntityManager) => Promise<T>, options?: { userId?: string }) => transaction(parts, work, options),
    change: (sql: string, values: readonly unknown[]) => transaction(parts, (em) => em.execute(sql, [...values]), undefined),
    system: () => gated(database.system()),
    forUser: (userId: string) => gated(database.forUser(userId)),
    rows: (userId: string, em?: EntityManager) => gated(database.rows(userId, em)),
    systemRows: (em?: EntityManager) => gated(database.systemRows(em)),
  };
  return new Proxy(database, {
    get(target, key) {
      const own = replaced[key as keyof Database];
      if (own) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function transaction<T>(
  parts: ProcessDatabaseParts,
  work: (em: EntityManager) => Promise<T>,
  options: { userId?: string } | undefined,
): Promise<T> {
  const { database, gate, turnstile, faults, passes, onCommitted } = parts;
  await gate.pass();
  const fault = faults.strikes(Object.values(StorageFault));
  const attempt = async (): Promise<T> => {
    if (gate.isDead) throw new Died();
    if (fault === StorageFault.BUSY) throw storageError('SQLITE_BUSY', 'database is locked');
    let orders: CommittedOrder[] = [];
    const result = await database.transaction(async (em) => {
      const value = await inside.run(true, () => work(em));
      await em.flush();
      orders = ordersIn(em);
      passes(`before ${kindOf(orders)}`);
      if (gate.isDead) throw new Died();
      if (fault === StorageFault.COMMIT_FAILED || faults.isDiskFull)
        throw storageError('SQLITE_FULL', 'database or disk is full');
      return value;
    }, options);
    onCommitted(orders);
    passes(`after ${kindOf(orders)}`);
    return result;
  };
  try {
    const result = await turnstile.run(attempt);
    if (fault === StorageFault.COMMIT_UNANSWERED) throw storageError('ECONNRESET', 'Connection terminated unexpectedly');
    await gate.pass();
    return result;
  } catch (error) {
    await gate.pass();
    throw error;
  }
}

function kindOf(orders: readonly CommittedOrder[]): 'INTENT' | 'SENT' | 'any' {
  return orders.some(({ status }) => status === 'INTENT')
    ? 'INTENT'
    : orders.some(({ status }) => status === 'SENT')
      ? 'SENT'
      : 'any';
}

function ordersIn(em: EntityManager): CommittedOrder[] {
  const entities = [...em.getUnitOfWork().getIdentityMap().values()];
  return entities
    .filter((entity) => entity instanceof Order)
    .map(({ clientOrderId, signalKey, status }) => ({ clientOrderId, signalKey, status }));
}

function storageError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The same object, every call to it made by `call`, its answer a promise as before. */
function proxyOf<T extends object>(target: T, through: (call: () => unknown) => Promise<unknown>): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value !== 'function') return value;
      return asynchronous.has(String(key))
        ? (...args: unknown[]) => through(() => value.apply(object, args) as unknown)
        : value.bind(object);
    },
  });
}

/** What the program asks of entity managers and rows outside transactions. */
const asynchronous: ReadonlySet<string> = new Set([
  'find',
  'findOne',
  'findOneOrFail',
  'count',
  'countUpTo',
  'list',
  'first',
  'byIds',
  'page',
  'execute',
]);
