import type { AddressInfo } from 'node:net';
import { createBackend } from '../../../server/main/backend.ts';
import { parseConfig } from '../../../server/main/config.ts';
import { listen } from '../../../server/main/listen.ts';
import { createLogger } from '../../../server/main/logger.ts';
import { openConfiguredDatabase } from '../../../server/main/open-database.ts';
import { createSockets } from '../../../server/main/sockets.ts';
import { answer, monotonicMs } from '../sockets/child.ts';
import { scriptedProvider } from './scripted.ts';

/** The backend as composed for production, but for a model that speaks by schedule and wider caps on sockets. */
const gate = Promise.withResolvers<number>();
let sign: ((email: string) => Promise<string>) | null = null;

export interface ServerPlan {
  readonly variables: Readonly<Record<string, string>>;
  readonly issuer: string;
  readonly tokens: number;
}

answer({
  async start({ variables, issuer, tokens }: ServerPlan): Promise<number> {
    const config = parseConfig({ PORT: '0', LOG_LEVEL: 'silent', INSTANCE_COUNT: '2', ...variables });
    const logger = createLogger(config);
    const opened = await openConfiguredDatabase(config, () => {});
    const models = [scriptedProvider({ opened: gate.promise, tokens })];
    const backend = await createBackend({ config, opened, publicUrl: issuer, logger, models });
    // All sockets of the bench come from four addresses and a hundred people.
    const gateway = createSockets(backend, config, { perUser: 100, perAddress: 20_000 });
    const server = await listen(backend, gateway, config);
    backend.engine.start();
    sign = async (email) => {
      const session = await backend.identity.openSession(email, { app: 'crm', requestId: 'req_bench' });
      if (session === null) throw new Error(`${email} is not seeded`);
      return session.accessToken;
    };
    return (server.address() as AddressInfo).port;
  },
  tokens: ({ emails }: { emails: string[] }) => Promise.all(emails.map((email) => sign?.(email))),
  cpu: () => process.cpuUsage(),
  go: () => gate.resolve(monotonicMs() + 200),
});
