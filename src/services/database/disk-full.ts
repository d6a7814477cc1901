/** Whether a database could not write because there is no room: SQLite's SQLITE_FULL, PostgreSQL's disk_full (53100), the file system's ENOSPC. */
export function isDiskFull(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? cause.code : undefined;
    if (code === 'SQLITE_FULL' || code === '53100' || code === 'ENOSPC') return true;
  }
  return false;
}
