import type { AddressInfo } from 'node:net';
import { createBackend } from './backend.ts';
import { banner } from './banner.ts';
import { loadConfig } from './config.ts';
import { listen, shutDown } from './listen.ts';
import { createLogger } from './logger.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { seedDatabase } from './seed.ts';
import { createSockets } from './sockets.ts';
import { startupFault } from './startup-fault.ts';

/** In production balancers need this long to see `/readyz` fail before sockets are told to move. */
const NOTICE_MS = 3000;

/** What ending may take beyond notice and drain; what is left then (a database that does not answer) is left to the sweep. */
const END_MS = 10_000;

/** `npm start`: everything on one port, until SIGINT or SIGTERM. Faults a person can mend are one clear line and exit code 1. */
export async function main(): Promise<void> {
  try {
    await start();
  } catch (error) {
    console.error(startupFault(error));
    process.exit(1);
  }
}

async function start(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger(config);
  const opened = await openConfiguredDatabase(config, (text) => console.log(text));
  try {
    const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
    const backend = await createBackend({ config, opened, publicUrl, logger });
    // Another server's secret must stop the start, not every sign-in after it.
    await backend.identity.keyring.signingKey();
    const gateway = createSockets(backend, config);
    const server = await listen(backend, gateway, config);
    await seedDatabase(opened.database, config.developmentSignIn);
    await backend.jobs.start();
    backend.engine.start();
    const { port } = server.address() as AddressInfo;
    const url = config.publicUrl ?? `http://localhost:${port}`;
    console.log(banner(config, { url, embeddedPort: opened.embeddedPort, readyMs: process.uptime() * 1000 }));

    let ending = false;
    const end = async (code: number) => {
      if (ending) return;
      ending = true;
      const noticeMs = config.production ? NOTICE_MS : 0;
      setTimeout(
        () => {
          logger.error({}, 'shutdown took too long; leaving what is left to the next start');
          process.exit(1);
        },
        noticeMs + config.drainMs + END_MS,
      ).unref();
      await shutDown({ backend, gateway, server }, { noticeMs, drainMs: config.drainMs });
      await opened.close();
      process.exit(code);
    };
    const endOrDie = (code: number) =>
      void end(code).catch((error: unknown) => {
        logger.error({ err: error }, 'shutdown failed');
        process.exit(1);
      });
    process.on('SIGINT', () => endOrDie(0)).on('SIGTERM', () => endOrDie(0));
    const fatal = (error: unknown) => {
      logger.error({ err: error }, 'uncaught error; ending this process');
      endOrDie(1);
    };
    process.on('uncaughtException', fatal).on('unhandledRejection', fatal);
  } catch (error) {
    await opened.close();
    throw error;
  }
}
