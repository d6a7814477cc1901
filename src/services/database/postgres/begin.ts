interface Result {
  readonly rows: readonly unknown[];
}

interface Client {
  query(text: unknown, values?: unknown, ...more: unknown[]): unknown;
}

interface Pool {
  Client: new (options: object) => Client;
}

const nothing: Result = { rows: [] };

/**
 * Makes the connections of a pool begin a transaction along with its first statement, which saves a way to the server and back for each. A transaction that never
 * asks anything never begins.
 */
export function beginWithFirstStatement(pool: object): void {
  const { Client } = pool as Pool;
  (pool as Pool).Client = class extends Client {
    #isToBegin = false;

    override query(text: unknown, values?: unknown, ...more: unknown[]): unknown {
      if (text === 'begin') {
        this.#isToBegin = true;
        return Promise.resolve(nothing);
      }
      if (!this.#isToBegin) return super.query(text, values, ...more);
      this.#isToBegin = false;
      if (text === 'commit' || text === 'rollback') return Promise.resolve(nothing);
      const hasValues = Array.isArray(values) && values.length > 0;
      if (typeof text === 'string' && !hasValues && more.length === 0 && typeof values !== 'function')
        return (super.query(`begin; ${text}`) as Promise<readonly Result[]>).then((results) => results.at(-1));
      // One statement only can be told with values: the two go one after the other. If the first fails, so does the second.
      (super.query('begin') as Promise<unknown>).catch(() => undefined);
      return super.query(text, values, ...more);
    }
  };
}
