import { readdir } from 'node:fs/promises';
import { shown } from '../../../trading/errors.ts';
import { ConfigError } from '../../../config.ts';
import { DomainError } from '../../errors.ts';
import { triedPlugin } from './describe.ts';
import type { Plugin, PluginFile } from './load.ts';
import { PluginError } from './plugin-error.ts';

/** A file that is no strategy, and why. */
export interface PluginProblem {
  readonly file: string;
  readonly reason: string;
}

const pluginFile = /^[^._].*\.m?[jt]s$/;
const notPlugin = /\.(d|test|spec)\.m?[jt]s$/;

/** The strategies that the operator put into a folder: loaded once, at the start. */
export class Plugins {
  /** Absent when there is no folder. */
  readonly folder: string | undefined;
  readonly loaded: readonly Plugin[];
  readonly problems: readonly PluginProblem[];

  constructor(folder: string | undefined, loaded: readonly Plugin[], problems: readonly PluginProblem[]) {
    this.folder = folder;
    this.loaded = loaded;
    this.problems = problems;
  }

  find(name: string): Plugin | undefined {
    return this.loaded.find(({ definition }) => definition.name === name);
  }

  /** @throws DomainError INVALID naming the plugins there are */
  get(name: string, path: readonly string[] = []): Plugin {
    const found = this.find(name);
    if (found) return found;
    const known = this.loaded.map(({ definition }) => definition.name).join(', ') || 'none';
    const problem = this.problems.find(({ file }) => file.startsWith(`${name}.`));
    throw new DomainError(
      'INVALID',
      `there is no strategy plugin ${shown(name)}; there ${known === 'none' ? 'are none' : `are ${known}`}${problem ? `. ${problem.reason}` : ''}`,
      { path, details: { limit: known } },
    );
  }
}

/** What a program without plugins has. */
export const noPlugins = new Plugins(undefined, [], []);

/**
 * Loads every plugin of a folder, one after the other, in the order of their names. One that cannot be loaded is left out and told;
 * of two with one name the second is.
 * @param required the operator named the folder, so it has to be there
 * @param load how one is loaded
 * @throws ConfigError when a required folder is missing
 */
export async function loadPlugins(
  folder: string,
  required = false,
  load: (place: PluginFile) => Promise<Plugin> = (place) => triedPlugin(place),
): Promise<Plugins> {
  const names = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !required) return null;
    const what =
      error.code === 'ENOENT' ? 'is not there' : error.code === 'ENOTDIR' ? 'is a file' : `cannot be read: ${error.message}`;
    throw new ConfigError(`the folder of strategy plugins ${folder} ${what}; CANDLEWICK_STRATEGIES must name a folder`);
  });
  if (names === null) return noPlugins;
  const files = names
    .filter((entry) => !entry.isDirectory() && pluginFile.test(entry.name) && !notPlugin.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const loaded: Plugin[] = [];
  const problems: PluginProblem[] = [];
  for (const file of files) {
    try {
      const plugin = await load({ folder, file });
      const { name } = plugin.definition;
      const same = loaded.find(({ definition }) => definition.name === name);
      if (same) throw new PluginError(file, `has the name "${name}", which ${same.file} has already`);
      loaded.push(plugin);
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      problems.push({ file, reason: error.message });
    }
  }
  return new Plugins(folder, loaded, problems);
}
