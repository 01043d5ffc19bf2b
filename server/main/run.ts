import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmbeddedPostgres } from '../../db/embedded.ts';
import type { SocketGateway } from '../ws/gateway.ts';
import { type Backend, createBackend } from './backend.ts';
import { banner } from './banner.ts';
import { type Config, isRunByNpmStart } from './config.ts';
import { listen, shutDown } from './listen.ts';
import { createLogger } from './logger.ts';
import { type OpenedDatabase, openConfiguredDatabase } from './open-database.ts';
import { onParentsGone } from './parents.ts';
import { seedDatabase } from './seed.ts';
import { createSockets } from './sockets.ts';

/** In production balancers need this long to see `/readyz` fail before sockets are told to move. */
const NOTICE_MS = 3000;

/** What ending may take beyond notice and drain; what is left then (a database that does not answer) is left to the sweep. */
const END_MS = 10_000;

/** Serves on one port until it is told to end (see `endBySignals`); `embedded` is the server of its own, if it has one, on its way up. */
export async function run(config: Config, embedded: Promise<EmbeddedPostgres | null>): Promise<void> {
  const logger = createLogger(config);
  const reached = (phase: string) =>
    logger.debug({ event: 'start.phase', phase, atMs: Math.round(process.uptime() * 1000) }, 'starting');
  reached('code loaded');
  const opened = await openConfiguredDatabase(config, (text) => console.log(text), embedded);
  reached('database ready');
  let backend: Backend | null = null;
  try {
    const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
    backend = await createBackend({ config, opened, publicUrl, logger });
    // Another server's secret must stop the start, not every sign-in after it.
    await backend.identity.keyring.signingKey();
    const gateway = createSockets(backend, config);
    const server = await listen(backend, gateway, config);
    reached('listening');
    await seedDatabase(opened.database, config.developmentSignIn);
    reached('seeded');
    await backend.jobs.start();
    backend.engine.start();
    // Before anybody is told: a supervisor may end what it was told is ready.
    endBySignals({ backend, gateway, server, opened }, config);
    const { port } = server.address() as AddressInfo;
    const url = config.publicUrl ?? `http://localhost:${port}`;
    console.log(banner(config, { url, embeddedPort: opened.embeddedPort, readyMs: process.uptime() * 1000 }));
  } catch (error) {
    await backend?.close();
    await opened.close();
    throw error;
  }
}

interface Started {
  readonly backend: Backend;
  readonly gateway: SocketGateway;
  readonly server: Server;
  readonly opened: OpenedDatabase;
}

/**
 * SIGINT, SIGTERM, a closed terminal and the end of npm, where it started us, drain and end the process; so does an error
 * nobody caught, with exit code 1.
 */
function endBySignals({ opened, ...parts }: Started, config: Config): void {
  const { logger } = parts.backend;
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
    await shutDown(parts, { noticeMs, drainMs: config.drainMs });
    await opened.close();
    process.exit(code);
  };
  const endOrDie = (code: number) =>
    void end(code).catch((error: unknown) => {
      logger.error({ err: error }, 'shutdown failed');
      process.exit(1);
    });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endOrDie(0));
  if (isRunByNpmStart()) onParentsGone(() => endOrDie(0));
  const fatal = (error: unknown) => {
    logger.error({ err: error }, 'uncaught error; ending this process');
    endOrDie(1);
  };
  process.on('uncaughtException', fatal).on('unhandledRejection', fatal);
}
