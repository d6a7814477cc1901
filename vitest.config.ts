import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
  // Two copies of graphql (ESM and CommonJS) in one process fail with "another module or realm".
  resolve: { alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Patience, not a bound that is tested: on a busy machine everything takes its time. Only a test that hangs meets them.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    // Much of the time is waiting, for exchanges, processes and deadlines: two cores are busy with three.
    maxWorkers: 3,
    // graphql-js, which test/server/execution.test.ts compares with, drops a rejection when a list fails before it.
    onUnhandledError: ({ stack }) => !stack?.includes('graphql/execution/execute.js'),
    server: { deps: { inline: ['type-graphql', 'graphql-scalars', '@apollo/server'] } },
  },
});
