import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The instrumenter is Stryker's own, whatever else is installed.
const fromStryker = createRequire(createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json'));

/** How large a share of all mutants is tried, and the seed it is drawn with; null: all are. */
export function sampleOf({ MUTATION_SHARE, MUTATION_SEED = '1' }) {
  if (MUTATION_SHARE === undefined) return null;
  const share = Number(MUTATION_SHARE);
  if (!(share > 0 && share <= 1)) throw new Error(`MUTATION_SHARE is "${MUTATION_SHARE}"; it is a number above 0 and up to 1`);
  return { share, seed: MUTATION_SEED };
}

/** Whether a mutant is in the sample: by the seed and what the mutant is, not by its number or the machine. */
export function isDrawn({ fileName, location, mutatorName, replacement }, { share, seed }) {
  const file = fileName.slice(fileName.lastIndexOf('src/'));
  const key = JSON.stringify([seed, file, location, mutatorName, replacement]);
  return createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32 < share;
}

/** Where the drawn mutants are, as Stryker's `mutate` says it: other code is left as it is, and runs as fast. */
export async function placesOfDrawn(pattern, sample) {
  const { Instrumenter } = await import(pathToFileURL(fromStryker.resolve('@stryker-mutator/instrumenter')).href);
  const silent = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
  const files = globSync(pattern).map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }));
  const { mutants } = await new Instrumenter(silent).instrument(files, { plugins: null, excludedMutations: [], ignorers: [] });
  const at = ({ line, column }) => `${line + 1}:${column}`;
  return mutants
    .filter((mutant) => isDrawn(mutant, sample))
    .map(({ fileName, location: { start, end } }) => `${fileName}:${at(start)}-${at(end)}`);
}
