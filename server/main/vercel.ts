import { createBackendFunction } from './function.ts';

const backend = createBackendFunction();

process.once('SIGTERM', () => {
  void backend.end().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

/** What Vercel calls: HTTP and SSE over the same application as everywhere. Loading it cannot fail. */
export default { fetch: (request: Request) => backend.fetch(request) };
