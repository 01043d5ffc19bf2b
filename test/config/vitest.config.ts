import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/**/*.{unit,test,wire}.ts'],
    globalSetup: ['test/config/global-setup.ts'],
    setupFiles: ['test/config/each-file.ts'],
    isolate: false,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
