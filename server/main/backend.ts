import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Hono } from 'hono';
import { withSystemScope } from '../../db/tx.ts';
import { createJobsRuntime, type JobsRuntime } from '../../jobs/runtime.ts';
import { systemClock } from '../core/clock.ts';
import { Failure } from '../core/failure.ts';
import { createLinkTokens } from '../core/link-tokens.ts';
import type { Logger } from '../core/observe.ts';
import { OrganisationHub } from '../core/organisation-signals.ts';
import type { Ports } from '../core/ports.ts';
import { createHttpApp, type HttpAppOptions } from '../http/app.ts';
import type { HttpEnv } from '../http/env.ts';
import { EventStreams } from '../http/event-streams.ts';
import { createMetrics, type ServerMetrics } from '../http/metrics.ts';
import { originGuard } from '../http/origin-guard.ts';
import { INVITATION_PAGE } from '../http/pages/destination.ts';
import type { RunForPage } from '../http/pages/options.ts';
import { sessionDoor } from '../http/session-door.ts';
import type { IncomingCall } from '../http/trpc-door.ts';
import type { ModelProvider } from '../integrations/ai/port.ts';
import type { EmailSender } from '../integrations/email/port.ts';
import { admit } from '../integrations/limits/admit.ts';
import { weightOf } from '../integrations/limits/rules.ts';
import { stripePayments } from '../integrations/payments/stripe/stripe.ts';
import { billingOf } from '../modules/billing/billing-access.ts';
import { receiveEvent } from '../modules/billing/process-event.ts';
import { prepareAnswer } from '../modules/conversations/prepare-answer.ts';
import { createIdentity, type RunningIdentity } from '../modules/identity/create-identity.ts';
import { waitedMail } from '../modules/identity/held-mail.ts';
import { startPrincipalFeed } from '../modules/identity/principal-feed.ts';
import { secretFor } from '../modules/identity/seal.ts';
import { readExport } from '../modules/personal-data/read-export.ts';
import type { Context } from '../rpc/context.ts';
import { appRouter } from '../rpc/router.ts';
import { createRunEngine, type RunEngine } from '../runs/engine.ts';
import { createRunSignals } from '../runs/signals.ts';
import { openCacheAndLimits } from './cache-and-limits.ts';
import type { Config } from './config.ts';
import { createEmail } from './email.ts';
import { createJobOperations } from './job-operations.ts';
import { jobsConnection } from './jobs-connection.ts';
import { logFailure } from './log-failure.ts';
import { createModels } from './models.ts';
import type { OpenedDatabase } from './open-database.ts';
import { createRunLogs } from './run-logs.ts';
import { serverSecret } from './secrets.ts';
import { signInDoors } from './sign-in-doors.ts';

const READY_TIMEOUT_MS = 1000;

/** Everything of a process but its listener: the doors' application, the engine, jobs, and how to end them. */
export interface Backend {
  readonly http: Hono<HttpEnv>;
  /** What `http` was made of, for a listener that answers some requests without it. */
  readonly doors: HttpAppOptions;
  readonly ports: Ports;
  readonly engine: RunEngine;
  readonly identity: RunningIdentity;
  readonly jobs: JobsRuntime;
  readonly metrics: ServerMetrics;
  readonly logger: Logger;
  /** From here on `/readyz` answers 503 and no new run is produced here. */
  setDraining(): void;
  /** Ends engine, jobs and listeners; the database is closed by who opened it. */
  close(): Promise<void>;
}

export interface BackendOptions {
  readonly config: Config;
  readonly opened: OpenedDatabase;
  readonly publicUrl: string;
  readonly logger: Logger;
  /** In place of the configured models. */
  readonly models?: readonly ModelProvider[];
  /** In place of the configured sender of mail. */
  readonly email?: EmailSender;
  /** Told of work that goes on after the answer to the request that began it: runs, mail. Settles when it has ended. */
  readonly onLateWork?: (work: Promise<void>) => void;
}

/** Composes the backend on an open, migrated database. Nothing of it needs an account. */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  const { config, opened, publicUrl, logger } = options;
  const { database } = opened;
  const clock = systemClock;
  const metrics = createMetrics();
  let draining = false;
  const { cache, limiter, redisUp } = await openCacheAndLimits({ config, database, clock, logger, metrics });
  const secret = serverSecret(config.authSecret, config.dataDir);
  const identity = await createIdentity({
    database,
    clock,
    logger,
    issuer: publicUrl,
    secret,
    cookieDomain: config.cookieDomain,
    developmentSignIn: config.developmentSignIn,
    supabase: config.supabase,
  });
  const feed = await startPrincipalFeed({ database, sessions: identity.sessions, logger });
  const organisationSignals = new OrganisationHub();
  identity.principals.onChange(({ orgId }) => {
    if (orgId !== undefined) organisationSignals.wake('entitlements', orgId);
  });
  const usageChanges = await database.direct.listen(
    'usage_changed',
    (orgId) => organisationSignals.wake('usage', orgId),
    () => organisationSignals.wakeAll(),
  );
  const models = options.models ?? createModels(config);
  const signals = createRunSignals({ database, onNote: (text, error) => logger.warn({ err: error }, text) });
  const engine = createRunEngine({
    database,
    clock,
    logger,
    signals,
    logs: await createRunLogs(config, database),
    instanceId: randomUUID(),
    prepare: (run) => prepareAnswer(database, models, run),
    onAttempt: (provider, outcome) => metrics.attempt(provider, outcome),
    onLaunch: options.onLateWork,
  });
  const email = options.email ?? createEmail(config);
  const baseUrl = publicUrl.replace(/\/$/, '');
  const mailSecret = secretFor(secret, 'held-mail');
  const ports: Ports = {
    database,
    clock,
    logger,
    metrics,
    cache,
    limiter,
    models,
    runs: engine,
    identity,
    email,
    waitedMail: waitedMail({ database, clock, logger, sender: email, secret: mailSecret }),
    linkTokens: createLinkTokens(secretFor(secret, 'links')),
    publicUrl: baseUrl,
    invitationPage: config.invitationPage ?? `${baseUrl}${INVITATION_PAGE}`,
    erasureDelayMs: config.erasureDelayMs,
    organisationSignals,
    payments: config.stripe === null ? null : stripePayments(config.stripe),
    billing: config.billing,
  };
  const jobs = createJobsRuntime({
    database,
    logger,
    operations: createJobOperations(ports),
    remote: jobsConnection(config),
  });
  metrics.gauge(
    'repspheres_runs_producing',
    'Runs produced by this process.',
    () => engine.stats().producing,
  );
  metrics.gauge(
    'repspheres_runs_following',
    'Runs followed in this process.',
    () => engine.stats().following,
  );
  const streams = new EventStreams({ principals: identity.principals, clock, logger });
  metrics.gauge('repspheres_event_streams', 'Open event streams.', () => streams.size);
  const guard = originGuard(config.allowedOrigins, publicUrl);
  const doors: HttpAppOptions = {
    trpc: {
      router: appRouter,
      context: async (call) => {
        const context = await contextOf(ports, call);
        return { ...context, streamOpened: (stream) => streams.add(stream, context) };
      },
      session: sessionDoor(identity.cookie, guard),
      streamMs: config.streamMs,
      onFailure: (failure, facts) => logFailure(logger, failure, facts),
    },
    health: {
      notReady: async () => [...(draining ? ['draining'] : []), ...(await databaseFault(database))],
      degraded: () => (redisUp() ? [] : ['redis']),
      registry: metrics.registry,
      metricsToken: config.metricsToken,
    },
    auth: signInDoors({
      config,
      database,
      identity,
      publicUrl,
      logger,
      limiter,
      guard,
      mail: ports.waitedMail,
      onLateWork: options.onLateWork,
      run: runForPages(ports),
    }),
    allowedOrigins: config.allowedOrigins,
    trustedProxyHops: config.trustedProxyHops,
    logger,
    metrics,
    inngest: jobs.handler,
    openExport: (link) => readExport(ports, link),
    stripe: {
      receive: ports.payments === null ? null : (delivery) => receiveEvent(billingOf(ports), delivery),
      logger,
      onDelivery: (outcome) => metrics.delivery(outcome),
    },
  };
  const http = createHttpApp(doors);
  return {
    http,
    doors,
    ports,
    engine,
    identity,
    jobs,
    metrics,
    logger,
    setDraining: () => {
      draining = true;
    },
    async close() {
      streams.stop();
      await ports.waitedMail.close();
      await jobs.stop();
      engine.close();
      await signals.close();
      await feed.stop();
      await usageChanges.unlisten();
    },
  };
}

/** Who calls over HTTP, after its budget was charged for every member of the batch. */
async function contextOf(ports: Ports, call: IncomingCall): Promise<Context> {
  const actor = await ports.identity.principals.resolve(call);
  const cost = call.paths.reduce((sum, path) => sum + weightOf(path), 0);
  const decision = await admit({ limiter: ports.limiter, actor, address: call.address, cost });
  if (!decision.allowed) throw new Failure('request.rate-limited', { retryAfterMs: decision.retryAfterMs });
  const { app, requestId, address, idempotencyKey } = call;
  return { actor, app, requestId, address, idempotencyKey, ports };
}

/** The pages' way to operations: the person is the cookie's, as with any call. */
function runForPages(ports: Ports): RunForPage {
  return async (operation, { cookie, requestId, address, signal }, input) => {
    const session = ports.identity.cookie.read(cookie);
    const proof = { token: null, session, app: 'global', idempotencyKey: null } as const;
    const call = { ...proof, requestId, address, paths: [operation.definition.name] };
    return operation.run({ ...(await contextOf(ports, call)), signal }, input);
  };
}

async function databaseFault(database: OpenedDatabase['database']): Promise<string[]> {
  const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
  try {
    await withSystemScope(database, { access: 'read', signal }, ({ db }) => db.execute(sql`select 1`));
    return [];
  } catch {
    return ['database'];
  }
}
