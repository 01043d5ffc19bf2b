import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { Failure } from '../core/failure.ts';
import { newId } from '../core/ids.ts';
import type { Logger } from '../core/observe.ts';
import { errorShape } from '../rpc/errors.ts';
import { clientAddress } from './address.ts';
import { type HealthOptions, healthRoutes } from './health.ts';
import type { ServerMetrics } from './metrics.ts';
import { handleTrpc, MAX_BODY_BYTES, type TrpcDoorOptions } from './trpc-door.ts';

export interface HttpAppOptions {
  readonly trpc: TrpcDoorOptions;
  readonly health: HealthOptions;
  /** Exact origins that may call from a browser; the same list guards the sockets. */
  readonly allowedOrigins: readonly string[];
  readonly trustedProxyHops: number;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  /** Inngest's door; verifies its own signature. */
  readonly inngest: (request: Request) => Promise<Response>;
  readonly jwks: () => Promise<object>;
}

export type HttpEnv = {
  Variables: { requestId: string; address: string };
  Bindings: { incoming?: { socket: { remoteAddress?: string } } };
};

/** Bodies of Inngest may reach 4 MB. Source: design/sdk-identity-deploy.md 3.1. */
const MAX_INNGEST_BYTES = 4 * 1024 * 1024;

/** The fetch application behind every HTTP door: Node, Vercel and tests run the same one. */
export function createHttpApp(options: HttpAppOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const origins = new Set(options.allowedOrigins);
  const tooLarge = (requestId: string) => {
    const shape = errorShape(new Failure('request.too-large'), requestId);
    return Response.json({ error: shape }, { status: 413 });
  };

  app.use(async (c, next) => {
    const started = performance.now();
    const requestId = newId('request');
    const peer = c.env?.incoming?.socket.remoteAddress;
    c.set('requestId', requestId);
    c.set('address', clientAddress(peer, c.req.header('x-forwarded-for'), options.trustedProxyHops));
    await next();
    c.header('x-request-id', requestId);
    const seconds = (performance.now() - started) / 1000;
    options.metrics.httpRequest(c.res.status, seconds);
    options.logger.debug(
      { requestId, method: c.req.method, path: c.req.path, status: c.res.status, seconds },
      'request',
    );
  });
  app.use(secureHeaders({ crossOriginResourcePolicy: 'cross-origin' }));
  app.use(
    cors({
      origin: (origin) => (origins.has(origin) ? origin : null),
      credentials: true,
      allowHeaders: [
        'authorization',
        'content-type',
        'idempotency-key',
        'last-event-id',
        'trpc-accept',
        'x-repspheres-app',
        'x-repspheres-sdk',
      ],
      exposeHeaders: ['x-request-id', 'retry-after', 'etag'],
      maxAge: 600,
    }),
  );
  app.route('/', healthRoutes(options.health));
  app.get('/.well-known/jwks.json', async (c) =>
    c.json(await options.jwks(), 200, { 'cache-control': 'public, max-age=60' }),
  );
  app.use(
    '/trpc/*',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => tooLarge(c.get('requestId')) }),
    compress(),
  );
  app.all('/trpc/*', (c) =>
    handleTrpc(options.trpc, c.req.raw, { requestId: c.get('requestId'), address: c.get('address') }),
  );
  app.use(
    '/api/inngest',
    bodyLimit({ maxSize: MAX_INNGEST_BYTES, onError: (c) => tooLarge(c.get('requestId')) }),
  );
  app.all('/api/inngest', (c) => options.inngest(c.req.raw));

  app.notFound((c) =>
    c.json({ error: errorShape(new Failure('request.unknown-procedure'), c.get('requestId')) }, 404),
  );
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    options.logger.error({ err: error, requestId }, 'request failed');
    return c.json({ error: errorShape(new Failure('server.internal', { cause: error }), requestId) }, 500);
  });
  return app;
}
