import { openDatabase } from '../../db/client.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { loadConfig } from './config.ts';
import { seedDatabase } from './seed.ts';
import { startupFault } from './startup-fault.ts';

/** `npm run db:migrate`: brings the configured database and its knowledge notes up to date, before a deploy to where nobody migrates at start. */
async function main(): Promise<void> {
  const { database: at } = loadConfig();
  if (at === null)
    throw new Error('DATABASE_URL is not set; the embedded database is migrated by npm start.');
  const { applied } = await migrateDatabase(at.directUrl);
  const database = openDatabase({
    url: at.directUrl,
    poolSize: 1,
    slowPoolSize: 1,
    prepare: true,
    applicationName: 'repspheres-migrate',
  });
  try {
    await seedDatabase(database, false);
  } finally {
    await database.close();
  }
  console.log(applied === 0 ? 'The database was up to date.' : `Migrations applied: ${applied}.`);
}

main().catch((error: unknown) => {
  console.error(startupFault(error));
  process.exitCode = 1;
});
