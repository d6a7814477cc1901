// Runs in worker threads too, from .ts as well as from .js, by Node's own type stripping: erasable syntax only.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StrategyDefinition } from '../../../trading/strategy.ts';
import { guarded } from './guard.ts';
import { PluginError, reasonOf } from './plugin-error.ts';
import { checkDefaults, checkedDefinition, ShapeError } from './shape.ts';
import { toolkit } from './toolkit.ts';

/** Where a plugin lies. */
export interface PluginFile {
  readonly folder: string;
  /** Name of its file in the folder. */
  readonly file: string;
}

/** A strategy that came from a file. */
export interface Plugin extends PluginFile {
  /** Of the file, and of everything in `lib`, as `pluginHash` makes it. */
  readonly sha256: string;
  readonly definition: StrategyDefinition;
}

/** The folder, in that of the plugins, of what several of them use. */
const sharedFolder = 'lib';
/** How long a module may take to load, top-level `await` included, in ms. */
const loadMs = 10_000;

/**
 * SHA-256 of a plugin's source in hexadecimal. Without a folder `lib` it is that of the file, as `sha256sum` prints it; with one, the
 * names and contents of all files in it follow, in order.
 */
export async function pluginHash({ folder, file }: PluginFile): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(folder, file)));
  for (const name of await sharedFiles(folder))
    hash.update(`\n${name}\n`).update(await readFile(join(folder, sharedFolder, name)));
  return hash.digest('hex');
}

async function sharedFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, sharedFolder), { recursive: true, withFileTypes: true }).catch(() => []);
  const root = join(folder, sharedFolder);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

/**
 * Imports a plugin and looks at what it is.
 * @param instance of the module; another number gives one that shares nothing with the first
 * @throws PluginError naming the file and the reason
 */
export async function loadPlugin({ folder, file }: PluginFile, instance = 1): Promise<Plugin> {
  try {
    const sha256 = await pluginHash({ folder, file });
    const url = `${pathToFileURL(join(folder, file)).href}${instance === 1 ? '' : `?instance=${instance}`}`;
    const { default: make } = (await inTime(import(url))) as { default?: unknown };
    if (typeof make !== 'function')
      throw new ShapeError('needs a default export: a function that is given the toolkit and answers with a definition');
    const definition = guarded(checkedDefinition(make(toolkit)), file);
    checkDefaults(definition);
    return { folder, file, sha256, definition };
  } catch (error) {
    throw error instanceof PluginError ? error : new PluginError(file, notLoaded(error, { folder, file }), error);
  }
}

/** Users of the API read this too, and where the folder lies is none of their business. */
function notLoaded(error: unknown, { folder, file }: PluginFile): string {
  if (error instanceof ShapeError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `is TypeScript, which needs Node.js 22.18 or newer; this is ${process.versions.node}`;
  return `cannot be loaded: ${reasonOf(error, file).replaceAll(folder, '.')}`;
}

/** A module that waits for something that never comes must not hold up the start. */
async function inTime(module: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ShapeError(`took longer than ${loadMs / 1000} seconds to load`)), loadMs);
  });
  try {
    return await Promise.race([module, late]);
  } finally {
    clearTimeout(timer);
  }
}
