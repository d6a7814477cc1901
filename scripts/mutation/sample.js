import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { isDrawn, sampleOf } from './draw.js';

/**
 * Lets only the drawn mutants through. Stryker's `mutate` knows places, and at the place of one mutant there are others; those count as
 * not valid, so that the score which Stryker states is the sample's.
 */
class Sample {
  #sample = sampleOf(process.env);

  async init() {}

  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, isDrawn(mutant, this.#sample) ? { status: 'passed' } : left]));
  }
}

const left = { status: 'compileError', reason: 'not drawn' };

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', Sample)];
