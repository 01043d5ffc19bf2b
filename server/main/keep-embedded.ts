import type { EmbeddedPostgres } from '../../db/embedded.ts';

const CHECK_MS = 500;

/**
 * Starts the embedded Postgres again, on its port, when it is gone (killed, out of memory): the pools then find it by
 * themselves. What fails is noted and tried again. `stop` ends the watch and the server that runs by then.
 */
export function keepEmbedded(
  first: EmbeddedPostgres,
  options: { start(): Promise<EmbeddedPostgres>; onNote(text: string): void },
): { stop(): Promise<void> } {
  let current = first;
  let starting: Promise<void> | null = null;
  const startAgain = async () => {
    options.onNote('Postgres is gone; starting it again.');
    try {
      current = await options.start();
      if (current.port !== first.port)
        options.onNote(`Port ${first.port} of Postgres was taken meanwhile: restart this backend.`);
    } catch (error) {
      options.onNote(
        `Postgres did not start again: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
  const timer = setInterval(() => {
    if (starting !== null || current.isRunning()) return;
    starting = startAgain().finally(() => {
      starting = null;
    });
  }, CHECK_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await starting;
      await current.stop();
    },
  };
}
