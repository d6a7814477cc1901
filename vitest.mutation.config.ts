import { defineConfig } from 'vitest/config';

/** What mutants of the trading core are tried against: its own tests, which need neither a database nor a network. */
export default defineConfig({
  test: { include: ['test/trading/**/*.test.ts'], exclude: ['test/trading/golden.test.ts', 'test/trading/worker.test.ts'] },
});
