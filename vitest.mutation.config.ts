import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of properties say no as surely as the others, and slower. */
const slow = /properties|look-ahead|peers|portfolio|entries/;

class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => Number(slow.test(moduleId));
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1)));
  }
}

/** What mutants of the trading core are tried against: its own tests, which need neither a database nor a network nor files beside the project. */
export default defineConfig({
  test: {
    include: ['test/trading/**/*.test.ts'],
    exclude: ['test/trading/golden.test.ts', 'test/trading/worker.test.ts'],
    setupFiles: ['test/trading/support/mutation-setup.ts'],
    // A machine that is busy with mutants is slow, which is no answer.
    testTimeout: 120_000,
    isolate: false,
    sequence: { sequencer: QuickFirst },
  },
});
