import { preflight } from './preflight.ts';

// Before anything that needs Node 24 is loaded.
const problem = preflight(process.version);
if (problem !== null) {
  console.error(problem);
  process.exit(1);
}
const { main } = await import('./start.ts');
await main();
