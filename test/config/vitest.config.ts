import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/**/*.{unit,test,wire}.ts'],
    globalSetup: ['test/config/global-setup.ts'],
    setupFiles: ['test/config/each-file.ts'],
    isolate: false,
    pool: 'forks',
    // One more than the cores: many files wait for leases and clocks.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
