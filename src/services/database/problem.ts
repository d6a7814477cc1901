/** Why the database cannot be used, in one sentence that names the file or server; meant to be shown as it is. */
export class DatabaseProblem extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DatabaseProblem';
  }
}

interface WithCode {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** The driver's own code (`SQLITE_BUSY`, `28P01`, `ECONNREFUSED`) of an error, however deep it is wrapped. */
function driverCode(error: unknown): string | undefined {
  for (let at = error as WithCode | undefined, depth = 0; at && depth < 8; at = at.cause as WithCode | undefined, depth++) {
    if (typeof at.code === 'string') return at.code;
    // Node tries every address of a name and reports all failures at once.
    if (Array.isArray(at.errors) && at.errors.length > 0) return driverCode(at.errors[0]);
  }
  return undefined;
}

export function isBusy(error: unknown): boolean {
  const code = driverCode(error);
  return code !== undefined && (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED');
}

/** Turns what SQLite says about a file into a sentence; what is not about the file stays as it is. */
export function explainSqlite(error: unknown, file: string): unknown {
  const code = driverCode(error) ?? '';
  if (isBusy(error)) return new DatabaseProblem(`the database file ${file} is locked by another process`, error);
  if (code === 'SQLITE_NOTADB') return new DatabaseProblem(`${file} is not a SQLite database`, error);
  if (code.startsWith('SQLITE_CORRUPT'))
    return new DatabaseProblem(`the database file ${file} is damaged: restore a backup`, error);
  if (code.startsWith('SQLITE_READONLY')) return new DatabaseProblem(`the database file ${file} is read-only`, error);
  if (code.startsWith('SQLITE_CANTOPEN')) return new DatabaseProblem(`the database file ${file} cannot be opened`, error);
  if (code === 'SQLITE_FULL') return new DatabaseProblem(`the disk of the database file ${file} is full`, error);
  return error;
}

/** Where a PostgreSQL database is, without its password. */
export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly name: string;
}

const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET']);

/** Turns what PostgreSQL or the network says when connecting into a sentence; the rest stays as it is. */
export function explainPostgres(error: unknown, { host, port, user, name }: PostgresTarget): unknown {
  const code = driverCode(error) ?? '';
  const server = `PostgreSQL at ${host}:${port}`;
  if (code === '28P01') return new DatabaseProblem(`${server} refused the password of user "${user}"`, error);
  if (code === '28000') return new DatabaseProblem(`${server} does not let user "${user}" in`, error);
  if (code === '3D000') return new DatabaseProblem(`${server} has no database "${name}"`, error);
  if (code === '42501') return new DatabaseProblem(`user "${user}" may not do this in database "${name}" of ${server}`, error);
  if (code === '53300') return new DatabaseProblem(`${server} has no free connection for user "${user}"`, error);
  if (code === '57P03') return new DatabaseProblem(`${server} is starting up`, error);
  if (unreachable.has(code)) return new DatabaseProblem(`${server} cannot be reached (${code})`, error);
  if (
    /timeout exceeded when trying to connect|Connection terminated due to connection timeout/i.test(
      String((error as Error)?.message),
    )
  )
    return new DatabaseProblem(`${server} cannot be reached (no answer)`, error);
  return error;
}
