import postgres from 'postgres';
import { type Database, openDatabase } from '../../db/client.ts';
import { startEmbeddedPostgres } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { poolBudget } from '../../db/pool-budget.ts';
import type { Config } from './config.ts';
import { embeddedFolder, startEmbedded } from './embedded-server.ts';
import { keepEmbedded } from './keep-embedded.ts';

export interface OpenedDatabase {
  readonly database: Database;
  /** Where the embedded server listens; null for a database of one's own. */
  readonly embeddedPort: number | null;
  close(): Promise<void>;
}

/** The configured database, or the embedded one (which may be on its way up already); migrated, with pools sized from its own limit and the number of instances. */
export async function openConfiguredDatabase(
  config: Config,
  onNote: (text: string) => void,
  starting = startEmbedded(config, onNote),
): Promise<OpenedDatabase> {
  const dataDir = embeddedFolder(config);
  const embedded = await starting;
  const url = config.database?.url ?? embedded?.url ?? '';
  const directUrl = config.database?.directUrl ?? url;
  try {
    await migrateDatabase(directUrl);
    const budget = poolBudget({
      maxConnections: await maxConnections(directUrl),
      instances: config.instanceCount,
    });
    const database = openDatabase({
      url,
      directUrl,
      poolSize: budget.main,
      slowPoolSize: budget.slow,
      prepare: config.database?.transactionPooler !== true,
      applicationName: 'repspheres',
    });
    const kept =
      embedded === null
        ? null
        : keepEmbedded(embedded, {
            start: () => startEmbeddedPostgres({ dataDir, durable: true, port: embedded.port }),
            onNote,
          });
    return {
      database,
      embeddedPort: embedded?.port ?? null,
      async close() {
        await database.close();
        await kept?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

async function maxConnections(directUrl: string): Promise<number> {
  const sql = postgres(directUrl, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    const rows = await sql<{ max_connections: string }[]>`show max_connections`;
    return Number(rows[0]?.max_connections);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
