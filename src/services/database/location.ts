import { resolve } from 'node:path';
import { DatabaseProblem, type PostgresTarget } from './problem.ts';

/** Where the data lives, as read from a database URL. */
export type Location =
  | { readonly dialect: 'sqlite'; readonly file: string }
  | { readonly dialect: 'sqlite'; readonly file: null }
  | {
      readonly dialect: 'postgresql';
      readonly target: PostgresTarget;
      readonly password: string;
      readonly ssl: boolean | { readonly rejectUnauthorized: boolean };
    };

/**
 * Reads `sqlite:./path`, `sqlite::memory:` (tests) or `postgres://user:password@host:port/name?sslmode=require`.
 * @throws DatabaseProblem naming the URL, without its password, and what is allowed
 */
export function parseLocation(url: string): Location {
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length).replace(/^\/\/(?=[./])/, '');
    if (path === ':memory:') return { dialect: 'sqlite', file: null };
    if (path === '') throw notAllowed(url);
    return { dialect: 'sqlite', file: resolve(path) };
  }
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) throw notAllowed(url);
  const parsed = new URL(url);
  const name = decodeURIComponent(parsed.pathname.slice(1));
  if (name === '') throw new DatabaseProblem(`the database URL "${withoutPassword(url)}" names no database after the last "/"`);
  return {
    dialect: 'postgresql',
    target: {
      host: decodeURIComponent(parsed.hostname) || 'localhost',
      port: Number(parsed.port) || 5432,
      user: decodeURIComponent(parsed.username) || 'postgres',
      name,
    },
    password: decodeURIComponent(parsed.password),
    ssl: sslMode(parsed.searchParams.get('sslmode'), url),
  };
}

/** As libpq has it: `require` encrypts, only the `verify` modes check who is on the other side. */
function sslMode(mode: string | null, url: string): boolean | { rejectUnauthorized: boolean } {
  if (mode === null || mode === 'disable' || mode === 'prefer' || mode === 'allow') return false;
  if (mode === 'require' || mode === 'no-verify') return { rejectUnauthorized: false };
  if (mode === 'verify-full' || mode === 'verify-ca') return { rejectUnauthorized: true };
  throw new DatabaseProblem(
    `sslmode "${mode}" of the database URL "${withoutPassword(url)}" is unknown: use disable, require, verify-ca or verify-full`,
  );
}

function notAllowed(url: string): DatabaseProblem {
  return new DatabaseProblem(
    `the database URL "${withoutPassword(url)}" is not understood: use sqlite:./file.db or postgres://user:password@host:5432/name`,
  );
}

/** A URL as it may be logged. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:/@]*):[^@]*@/i, '$1:***@');
}
