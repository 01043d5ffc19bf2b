import { addressOfRequest } from '../http/address.ts';
import { admit } from '../integrations/limits/admit.ts';
import { organisationSockets } from '../integrations/limits/rules.ts';
import { failureOf } from '../rpc/errors.ts';
import { appRouter } from '../rpc/router.ts';
import { createSocketGateway, type SocketGateway } from '../ws/gateway.ts';
import type { SocketLimits } from '../ws/limits.ts';
import type { Backend } from './backend.ts';
import type { Config } from './config.ts';
import { logFailure } from './log-failure.ts';

/** The socket door over the same router, budget, origins and failures as HTTP; `limits` replaces some of the defaults. */
export function createSockets(
  backend: Backend,
  config: Config,
  limits: Partial<SocketLimits> = {},
): SocketGateway {
  const { ports, logger, metrics } = backend;
  const origins = new Set(config.allowedOrigins);
  const gateway = createSocketGateway({
    router: appRouter,
    path: '/trpc',
    // Only browsers send an Origin; whoever does not is no browser and carries no ambient credentials.
    originAllowed: (origin) => origin === undefined || origins.has(origin),
    addressOf: (request) => addressOfRequest(request, config.trustedProxyHops),
    principals: ports.identity.principals,
    sessionOf: (cookie) => ports.identity.cookie.read(cookie),
    createContext: (call) => ({ ...call, ports }),
    admit: (actor, address, cost) => admit({ limiter: ports.limiter, actor, address, cost }),
    organisationCap: ({ tier }) => organisationSockets(tier),
    onError: ({ error, path, requestId }) => logFailure(logger, failureOf(error), { path, requestId }),
    logger,
    metrics: {
      refused: (reason) => metrics.socketRefused(reason),
      opened: () => metrics.socketOpened(),
      closed: (code) => metrics.socketClosed(code),
    },
    clock: ports.clock,
    limits,
  });
  metrics.gauge('repspheres_sockets', 'Open sockets.', () => gateway.stats().sockets);
  metrics.gauge('repspheres_subscriptions', 'Open subscriptions.', () => gateway.stats().subscriptions);
  metrics.gauge(
    'repspheres_socket_buffered_bytes',
    'Bytes waiting for slow readers.',
    () => gateway.stats().bufferedBytes,
  );
  return gateway;
}
