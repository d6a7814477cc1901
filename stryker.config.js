import { placesOfDrawn, sampleOf } from './scripts/mutation/draw.js';

const core = 'src/trading/**/*.ts';
const sample = sampleOf(process.env);

/** How `npm run mutation` measures what the tests of the trading core notice (CONTRIBUTING.md). */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', './scripts/mutation/sample.js'],
  checkers: sample === null ? [] : ['sample'],
  mutate: sample === null ? [core] : await placesOfDrawn(core, sample),
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 10_000,
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: process.env.MUTATION_REPORT ?? 'dist/mutation.json' },
  tempDirName: 'dist/.stryker',
  thresholds: { high: 90, low: 80, break: 80 },
  disableTypeChecks: false,
  tsconfigFile: 'none',
  ignorePatterns: ['dist', 'data', 'web', 'src/migrations'],
};
