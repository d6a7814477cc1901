import { readdirSync } from 'node:fs';
import type { Constructor } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import type { Dialect } from './database.ts';

const fileName = /^(Migration\d{14}(?:_\w+)?)\.(?:ts|js)$/;

export function migrationFolder(dialect: Dialect): URL {
  return new URL(`../../migrations/${dialect}/`, import.meta.url);
}

/** Every migration in a folder, oldest first. */
export async function migrationsIn(folder: URL): Promise<{ name: string; class: Constructor<Migration> }[]> {
  const names = readdirSync(folder).filter((name) => fileName.test(name));
  return Promise.all(
    names.sort().map(async (file) => {
      const name = fileName.exec(file)?.[1] ?? file;
      const module = (await import(new URL(file, folder).href)) as Record<string, Constructor<Migration>>;
      const migration = module[name];
      if (!migration) throw new Error(`${file} exports no class ${name}`);
      return { name, class: migration };
    }),
  );
}
