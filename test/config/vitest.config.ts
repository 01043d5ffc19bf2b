import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/**/*.{unit,test,wire}.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
