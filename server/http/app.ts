import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { Failure } from '../core/failure.ts';
import { newId } from '../core/ids.ts';
import type { Logger } from '../core/observe.ts';
import { errorShape } from '../rpc/errors.ts';
import { clientAddress } from './address.ts';
import { AUTH_PREFIX } from './auth-door.ts';
import { isForSites } from './auth-paths.ts';
import { type AuthRoutesOptions, authRoutes } from './auth-routes.ts';
import type { HttpEnv } from './env.ts';
import { handleExport, type OpenExport } from './export-door.ts';
import { type HealthOptions, healthRoutes } from './health.ts';
import type { ServerMetrics } from './metrics.ts';
import { responseHeaders } from './response-headers.ts';
import { handleTrpc, MAX_BODY_BYTES, type TrpcDoorOptions } from './trpc-door.ts';
import { type StripeWebhookOptions, stripeWebhook } from './webhooks/stripe-webhook.ts';

export interface HttpAppOptions {
  readonly trpc: TrpcDoorOptions;
  readonly auth: AuthRoutesOptions;
  readonly health: HealthOptions;
  /** Exact origins that may call from a browser; the same list guards the sockets. */
  readonly allowedOrigins: readonly string[];
  readonly trustedProxyHops: number;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  /** Inngest's door; verifies its own signature. */
  readonly inngest: (request: Request) => Promise<Response>;
  readonly openExport: OpenExport;
  /** Stripe's door; verifies its own signature. */
  readonly stripe: StripeWebhookOptions;
}

/** Bodies of Inngest may reach 4 MB. Source: design/sdk-identity-deploy.md 3.1. */
const MAX_INNGEST_BYTES = 4 * 1024 * 1024;

/** Forms and passkeys stay far below. */
const MAX_AUTH_BYTES = 64 * 1024;

/** Stripe's largest events are far below; a bound before anything is read. */
const MAX_WEBHOOK_BYTES = 1024 * 1024;

/** The fetch application behind every HTTP door: Node, Vercel and tests run the same one. */
export function createHttpApp(options: HttpAppOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const headers = responseHeaders(options.allowedOrigins);
  const tooLarge = (requestId: string) => {
    const shape = errorShape(new Failure('request.too-large'), requestId);
    // The rest of the body is not read, so the connection cannot carry another request.
    return Response.json(
      { error: shape },
      { status: shape.data.httpStatus, headers: { connection: 'close' } },
    );
  };

  app.use(async (c, next) => {
    const started = performance.now();
    const requestId = newId('request');
    const peer = c.env?.incoming?.socket.remoteAddress;
    c.set('requestId', requestId);
    c.set('address', clientAddress(peer, c.req.header('x-forwarded-for'), options.trustedProxyHops));
    const origin = c.req.header('origin');
    // Set after the answer is there: touching headers before it makes Hono copy the answer through a web stream.
    const open = isForSites(c.req.path);
    if (c.req.method === 'OPTIONS') c.res = headers.preflight(origin, open);
    else await next();
    for (const [name, value] of Object.entries(headers.for(origin, open))) c.res.headers.set(name, value);
    c.res.headers.append('vary', 'Origin');
    c.res.headers.set('x-request-id', requestId);
    for (const [name, value] of Object.entries(c.get('pageHeaders') ?? {})) c.res.headers.set(name, value);
    const seconds = (performance.now() - started) / 1000;
    options.metrics.httpRequest(c.res.status, seconds);
    options.logger.debug(
      { requestId, method: c.req.method, path: c.req.path, status: c.res.status, seconds },
      'request',
    );
  });
  app.route('/', healthRoutes(options.health));
  app.get('/exports/:id', (c) =>
    handleExport(
      { open: options.openExport, limiter: options.auth.door.limiter },
      {
        id: c.req.param('id'),
        token: c.req.query('token') ?? '',
        requestId: c.get('requestId'),
        address: c.get('address'),
      },
    ),
  );
  const limitBody = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) => tooLarge(c.get('requestId')),
  });
  const limitAuthBody = bodyLimit({
    maxSize: MAX_AUTH_BYTES,
    onError: (c) => tooLarge(c.get('requestId')),
  });
  const compressed = compress();
  // A GET has no body to bound, and who accepts no encoding gets none: both middlewares would copy the request or answer.
  app.use('/trpc/*', (c, next) => (c.req.method === 'GET' ? next() : limitBody(c, next)));
  app.use('/trpc/*', async (c, next) => {
    if (c.req.header('accept-encoding') !== undefined) return compressed(c, next);
    await next();
    c.res.headers.append('vary', 'Accept-Encoding');
  });
  app.all('/trpc/*', (c) =>
    handleTrpc(options.trpc, c.req.raw, {
      requestId: c.get('requestId'),
      address: c.get('address'),
    }),
  );
  app.use(
    '/api/inngest',
    bodyLimit({ maxSize: MAX_INNGEST_BYTES, onError: (c) => tooLarge(c.get('requestId')) }),
  );
  app.all('/api/inngest', (c) => options.inngest(c.req.raw));

  app.use(`${AUTH_PREFIX}/*`, (c, next) => (c.req.method === 'GET' ? next() : limitAuthBody(c, next)));
  app.use('/auth/*', limitAuthBody);
  app.route('/', authRoutes(options.auth));

  app.use(
    '/webhooks/*',
    bodyLimit({ maxSize: MAX_WEBHOOK_BYTES, onError: (c) => tooLarge(c.get('requestId')) }),
  );
  app.post('/webhooks/stripe', (c) => stripeWebhook(options.stripe, c.req.raw));

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
