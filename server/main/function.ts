import { openDatabase } from '../../db/client.ts';
import { Failure } from '../core/failure.ts';
import { newId } from '../core/ids.ts';
import type { Logger } from '../core/observe.ts';
import { errorShape } from '../rpc/errors.ts';
import { type Backend, createBackend } from './backend.ts';
import { ConfigError, faultyVariables, loadFunctionConfig } from './config.ts';
import { keepAlive } from './keep-alive.ts';
import { createLogger } from './logger.ts';
import type { OpenedDatabase } from './open-database.ts';

/** Many instances share the database's limit and each serves few requests at a time. */
const pools = { poolSize: 4, slowPoolSize: 1 };
/** Of the 500 ms between SIGTERM and the end. Source: design/streaming.md 5.12. */
const GRACE_MS = 150;

interface OpenFunction {
  readonly backend: Backend;
  close(): Promise<void>;
}

/** The backend as a function of requests: opened by the first one, shared by all that the instance serves. */
export interface BackendFunction {
  fetch(request: Request): Promise<Response>;
  /** Ends what runs here, typed, and gives the connections back. */
  end(): Promise<void>;
}

/**
 * No local job executor and no sockets: with Inngest events are relayed after the requests and runs that caused them,
 * without it they stay in the outbox. What cannot be opened is answered with 503 and tried again by the next request.
 */
export function createBackendFunction(): BackendFunction {
  let opening: Promise<OpenFunction> | null = null;
  const open = () => {
    opening ??= openFunction().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  return {
    async fetch(request) {
      let backend: Backend;
      try {
        ({ backend } = await open());
      } catch (error) {
        return unavailable(error);
      }
      const response = await backend.http.fetch(request);
      if (request.method === 'POST') keepAlive(relay(backend));
      return response;
    },
    async end() {
      const opened = await opening?.catch(() => null);
      await opened?.close();
    },
  };
}

async function openFunction(): Promise<OpenFunction> {
  const config = loadFunctionConfig();
  if (config.database === null || config.publicUrl === null) {
    throw new ConfigError(['DATABASE_URL and PUBLIC_URL: required on Vercel']);
  }
  const { url, directUrl, transactionPooler } = config.database;
  const names = { applicationName: 'repspheres-vercel', prepare: !transactionPooler };
  const database = openDatabase({ url, directUrl, ...pools, ...names });
  const opened: OpenedDatabase = { database, embeddedPort: null, close: () => database.close() };
  try {
    const backend: Backend = await createBackend({
      config,
      opened,
      publicUrl: config.publicUrl,
      logger: createLogger(config),
      onLateWork: (work) => keepAlive(work.then(() => relay(backend))),
    });
    backend.engine.start();
    return { backend, close: () => close(backend, opened) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function close(backend: Backend, opened: OpenedDatabase): Promise<void> {
  backend.setDraining();
  await backend.engine.drain(GRACE_MS);
  await backend.close();
  await opened.close();
}

/** Hands committed events to Inngest now: between requests the instance may be suspended, so no loop would. */
async function relay({ jobs, logger }: Pick<Backend, 'jobs' | 'logger'>): Promise<void> {
  if (jobs.executor !== null) return;
  await jobs.relay.flush().catch((error: unknown) => {
    logger.error({ err: error }, 'outbox could not be relayed; the next request tries again');
  });
}

/** Says what is wrong without a value, and names variables only: the texts go to the log. */
function unavailable(error: unknown): Response {
  const requestId = newId('request');
  const configuration = error instanceof ConfigError ? faultyVariables(error) : null;
  startLogger().error({ err: error, requestId }, 'the function could not start');
  const message =
    configuration === null
      ? 'The database does not answer.'
      : `This deployment is not configured: set ${configuration.join(', ')}.`;
  const shape = errorShape(new Failure('server.unavailable', { message }), requestId);
  const body = { error: { ...shape, data: { ...shape.data, httpStatus: 503 } }, configuration };
  return Response.json(body, {
    status: 503,
    headers: { 'cache-control': 'no-store', 'retry-after': '5', 'x-request-id': requestId },
  });
}

/** Before a configuration could be read there is none for the logger either. */
function startLogger(): Logger {
  return createLogger({ logLevel: 'error' });
}
