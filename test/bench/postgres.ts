import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';

export interface BenchPostgres extends AsyncDisposable {
  readonly url: string;
}

/** A migrated, durable (fsync on) Postgres of a bench's own, gone with it. */
export async function startBenchPostgres(): Promise<BenchPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'repspheres-bench-'));
  chmodSync(folder, 0o755); // Postgres may run as another user
  // Below the range the system gives to outgoing connections.
  const port = 15_000 + Math.floor(Math.random() * 15_000);
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), port, durable: true });
  await migrateDatabase(server.url);
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
