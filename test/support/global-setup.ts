import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where test files ask for migrated databases to copy. */
    templates: { readonly url: string; readonly folder: string };
  }
}

/**
 * Makes, when the first test file asks for it, one migrated database of each kind for all files to copy: a SQLite file, and a
 * PostgreSQL with a template database. A run that needs neither starts nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'candlewick-test-'));
  let postgres: Promise<PostgresServer> | undefined;
  const templates = new Map<string, Promise<string>>();

  async function sqliteTemplate(): Promise<string> {
    const file = join(folder, 'template.db');
    await migrated(`sqlite:${file}`);
    return file;
  }

  async function postgresTemplate(): Promise<string> {
    postgres = startPostgres();
    const server = await postgres;
    const { openDatabase } = await import('../../src/services/database/index.ts');
    const admin = await openDatabase({ url: server.url('postgres'), poolSize: 1 });
    await admin.orm.em.fork().getConnection().execute('create database template_candlewick');
    await admin.close();
    await migrated(server.url('template_candlewick'));
    return server.url('postgres');
  }

  const server = createServer((request, response) => {
    const kind = request.url ?? '';
    const make = { '/sqlite': sqliteTemplate, '/postgresql': postgresTemplate }[kind];
    if (!make) return void response.writeHead(404).end();
    if (!templates.has(kind)) templates.set(kind, make());
    templates.get(kind)?.then(
      (template) => response.end(template),
      (error: unknown) => response.writeHead(500).end(String((error as Error)?.stack ?? error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('templates', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, folder });

  return async () => {
    server.close();
    await (await postgres?.catch(() => undefined))?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function migrated(url: string): Promise<void> {
  const { openDatabase } = await import('../../src/services/database/index.ts');
  const database = await openDatabase({ url });
  try {
    await database.migrate();
  } finally {
    await database.close();
  }
}
