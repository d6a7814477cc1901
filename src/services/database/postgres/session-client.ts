import type { MikroORM } from '@mikro-orm/sql';

/** The part of a connection of `pg` that is used here; the package comes with the object mapper, without types. */
export interface SessionClient {
  /** The process on the server, as it named itself when the connection began. */
  readonly processID: number | null;
  connect(): Promise<void>;
  query(sql: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'end', listener: () => void): unknown;
}

interface Pool {
  readonly options: { readonly password?: string };
  readonly Client: new (options: object) => SessionClient;
}

/** A connection beside the pool, which does not lend it to anybody and does not close it when it rests; not open yet. */
export async function sessionClient(orm: MikroORM): Promise<SessionClient> {
  const connection = orm.em.getConnection('write') as unknown as { getNativeClient(): Promise<Pool> };
  const { Client, options } = await connection.getNativeClient();
  // The pool hides the password from being copied. Packets on a silent line tell both sides when it is cut.
  return new Client({ ...options, password: options.password, keepAlive: true, keepAliveInitialDelayMillis: 10_000 });
}
