import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';

export interface HealthOptions {
  /** Names what is missing for serving traffic; empty when ready. Redis never counts: it is optional by design. */
  readonly notReady: () => Promise<readonly string[]>;
  /** Optional parts that are away, for the operator's eyes. */
  readonly degraded: () => readonly string[];
  readonly registry: Registry;
  /** When set, `/metrics` wants it as bearer. */
  readonly metricsToken: string | null;
}

/** `/livez`: the process answers. `/readyz`: it may get traffic (503 while draining, migrating or without database). `/metrics`: Prometheus text. */
export function healthRoutes(options: HealthOptions): Hono {
  const app = new Hono();
  app.get('/livez', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const missing = await options.notReady();
    const degraded = options.degraded();
    return c.json(
      { status: missing.length === 0 ? 'ok' : 'unavailable', missing, degraded },
      missing.length === 0 ? 200 : 503,
    );
  });
  app.get('/metrics', async (c) => {
    if (
      options.metricsToken !== null &&
      !sameSecret(c.req.header('authorization') ?? '', `Bearer ${options.metricsToken}`)
    ) {
      return c.text('', 401);
    }
    return c.text(await options.registry.metrics(), 200, { 'content-type': options.registry.contentType });
  });
  return app;
}

function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
