import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts';
import type { Config } from './config.ts';

/** Where the embedded server keeps its data. */
export function embeddedFolder(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, 'postgres');
}

/** The embedded server, durable; null where a database is configured. Rejects with EmbeddedPostgresError. */
export async function startEmbedded(
  config: Pick<Config, 'database' | 'dataDir'>,
  onNote: (text: string) => void,
): Promise<EmbeddedPostgres | null> {
  if (config.database !== null) return null;
  return startEmbeddedPostgres({ dataDir: embeddedFolder(config), durable: true, onNote });
}
