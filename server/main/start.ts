import { loadConfig } from './config.ts';
import { startEmbedded } from './embedded-server.ts';
import { startupFault } from './startup-fault.ts';

/** `npm start`: everything on one port, until SIGINT, SIGTERM or SIGHUP. Faults a person can mend are one clear line and exit code 1. */
export async function main(): Promise<void> {
  try {
    const config = loadConfig();
    const embedded = startEmbedded(config, (text) => console.log(text));
    embedded.catch(() => {}); // told by `run`, which awaits it
    // Postgres comes up while the rest of the code is loaded: each takes about as long as the other.
    const { run } = await import('./run.ts');
    await run(config, embedded);
  } catch (error) {
    console.error(startupFault(error));
    process.exit(1);
  }
}
