import { systemClock } from '../core/clock.ts';
import { postgresKeyStore } from '../modules/identity/key-store.ts';
import { Keyring } from '../modules/identity/keyring.ts';
import { loadConfig } from './config.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { serverSecret } from './secrets.ts';
import { startupFault } from './startup-fault.ts';

/** `npm run keys:rotate`: publishes the next signing key, which signs after 2 minutes; the older one verifies until its last token has expired. */
async function main(): Promise<void> {
  const config = loadConfig();
  const opened = await openConfiguredDatabase(config, () => {});
  try {
    const secret = serverSecret(config.authSecret, config.dataDir);
    const keyring = new Keyring({ store: postgresKeyStore(opened.database), secret, clock: systemClock });
    await keyring.open();
    console.log(`Published signing key ${await keyring.rotate()}; it signs in 2 minutes.`);
  } finally {
    await opened.close();
  }
}

main().catch((error: unknown) => {
  console.error(startupFault(error));
  process.exitCode = 1;
});
