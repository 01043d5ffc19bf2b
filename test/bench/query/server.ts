import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBackend } from '../../../server/main/backend.ts';
import { parseConfig } from '../../../server/main/config.ts';
import { listen } from '../../../server/main/listen.ts';
import { createLogger } from '../../../server/main/logger.ts';
import { openConfiguredDatabase } from '../../../server/main/open-database.ts';
import { createSockets } from '../../../server/main/sockets.ts';
import { answer } from '../sockets/child.ts';
import { type ByHand, expressServer, rawServer } from './by-hand.ts';

/** One contender in a process of its own: the backend as it is composed for production, or the same query by hand. */
let sign: ((email: string) => Promise<string>) | null = null;

interface OursPlan {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly issuer: string;
}

async function ours({ databaseUrl, dataDir, issuer }: OursPlan): Promise<number> {
  const config = parseConfig({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' });
  const logger = createLogger(config);
  const opened = await openConfiguredDatabase(config, () => {});
  const backend = await createBackend({ config, opened, publicUrl: issuer, logger });
  sign = async (email) => {
    const session = await backend.identity.openSession(email, { app: 'crm', requestId: 'req_bench' });
    if (session === null) throw new Error(`${email} is not seeded`);
    return session.accessToken;
  };
  return portOf(await listen(backend, createSockets(backend, config), config));
}

async function byHand(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

answer({
  backend: ours,
  raw: (options: ByHand) => byHand(rawServer(options)),
  express: (options: ByHand) => byHand(expressServer(options)),
  tokens: async ({ emails }: { emails: string[] }) => {
    const tokens: (string | undefined)[] = [];
    for (const email of emails) tokens.push(await sign?.(email)); // all at once they would wait for a connection
    return tokens;
  },
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
});
