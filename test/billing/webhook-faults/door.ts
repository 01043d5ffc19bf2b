import type { AddressInfo } from 'node:net';
import { createHttpApp } from '../../../server/http/app.ts';
import { createBackend } from '../../../server/main/backend.ts';
import { parseConfig } from '../../../server/main/config.ts';
import { listen } from '../../../server/main/listen.ts';
import { createLogger } from '../../../server/main/logger.ts';
import { openConfiguredDatabase } from '../../../server/main/open-database.ts';
import { createSockets } from '../../../server/main/sockets.ts';
import { answer } from '../../bench/sockets/child.ts';

/**
 * A server as it is composed for production, its jobs running only where asked for, that can wait with its answer to some
 * deliveries after they are stored for good: the moment at which it is to be killed.
 */
const held = { wanted: new Set<string>(), stored: 0, all: Promise.withResolvers<void>() };

interface Opening {
  readonly variables: Record<string, string>;
  readonly jobs: boolean;
}

async function open({ variables, jobs }: Opening): Promise<number> {
  const config = parseConfig({ ...variables, PORT: '0', LOG_LEVEL: 'silent' });
  const opened = await openConfiguredDatabase(config, () => {});
  const publicUrl = 'http://localhost:8787';
  const backend = await createBackend({ config, opened, publicUrl, logger: createLogger(config) });
  const { receive } = backend.doors.stripe;
  if (receive === null) throw new Error('Stripe is not configured');
  const stripe: typeof backend.doors.stripe = {
    ...backend.doors.stripe,
    async receive(delivery) {
      await receive(delivery);
      const { id } = JSON.parse(new TextDecoder().decode(delivery.body)) as { id: string };
      if (held.wanted.has(id)) await hold();
    },
  };
  const doors = { ...backend.doors, stripe };
  const http = createHttpApp(doors);
  const server = await listen({ ...backend, doors, http }, createSockets(backend, config), config);
  if (jobs) await backend.jobs.start();
  return (server.address() as AddressInfo).port;
}

/** Never goes on. */
function hold(): Promise<never> {
  held.stored += 1;
  if (held.stored === held.wanted.size) held.all.resolve();
  return new Promise(() => {});
}

answer({
  open,
  /** These will be waited with. */
  hold({ ids }: { ids: string[] }) {
    held.wanted = new Set(ids);
  },
  /** Resolves when all of them are stored and none is answered. */
  held: () => held.all.promise,
});
