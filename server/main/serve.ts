import { enableCompileCache } from 'node:module';
import './parents.ts';
import { preflight } from './preflight.ts';

// Before anything that needs Node 24 is loaded.
const problem = preflight(process.version);
if (problem !== null) {
  console.error(problem);
  process.exit(1);
}
// Keeps compiled code and stripped types between starts, in the system's folder for temporary files; without one, nothing is kept.
enableCompileCache();
const { main } = await import('./start.ts');
await main();
