import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../db/client.ts';
import type { Failure } from '../../server/core/failure.ts';
import { type Logger, silentLogger } from '../../server/core/observe.ts';
import { type Backend, createBackend } from '../../server/main/backend.ts';
import { type Config, parseConfig } from '../../server/main/config.ts';
import { testDatabase, testOrganisation } from './database.ts';
import { Mailbox } from './mailbox.ts';

/** What a call over HTTP gave back: data, or the failure and request id of its error. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Every output of ours is an object; undefined for a failure. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly failure: ReturnType<Failure['toPublic']> | null;
  readonly requestId: string | null;
}

export interface CallOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A person of a new organisation, signed in. */
export interface SignedIn {
  readonly token: string;
  readonly orgId: string;
  readonly userId: string;
}

export interface TestBackend extends AsyncDisposable {
  readonly backend: Backend;
  readonly mailbox: Mailbox;
  readonly config: Config;
  query(path: string, input?: unknown, options?: CallOptions): Promise<Answer>;
  mutate(path: string, input?: unknown, options?: CallOptions): Promise<Answer>;
  signIn(tier?: Parameters<typeof testOrganisation>[1]): Promise<SignedIn>;
  guest(): Promise<string>;
}

const testCall = { app: 'repconnect', requestId: 'req_test' } as const;

export interface TestBackendParts {
  readonly logger?: Logger;
  /** In place of this worker's; left open. */
  readonly database?: Promise<Database>;
}

/** The real composition on this worker's database, called without a listener; ends with its scope. */
export async function testBackend(
  variables: Record<string, string> = {},
  parts: TestBackendParts = {},
): Promise<TestBackend> {
  const { logger = silentLogger } = parts;
  const dataDir = mkdtempSync(join(tmpdir(), 'repspheres-backend-'));
  const config = parseConfig({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    OFFLINE_CHUNK_MS: '0',
    RUN_LOG: 'memory',
    ALLOWED_ORIGINS: 'https://app.example.com',
    ...variables,
  });
  const database = await (parts.database ?? testDatabase());
  const opened = { database, embeddedPort: null, close: async () => {} };
  const publicUrl = config.publicUrl ?? 'http://localhost:8787';
  const mailbox = new Mailbox();
  const backend = await createBackend({ config, opened, publicUrl, logger, email: mailbox });
  const request = (path: string, init: RequestInit) => backend.http.request(path, init);
  const query = async (path: string, input?: unknown, options: CallOptions = {}) => {
    const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    return answerOf(await request(`/trpc/${path}${search}`, { headers: headersOf(options) }));
  };
  const mutate = async (path: string, input?: unknown, options: CallOptions = {}) =>
    answerOf(
      await request(`/trpc/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersOf(options) },
        ...(input === undefined ? {} : { body: JSON.stringify(input) }),
      }),
    );
  return {
    backend,
    mailbox,
    config,
    query,
    mutate,
    async signIn(organisation = {}) {
      const { orgId, userId } = await testOrganisation(database, { tier: 'repx5', ...organisation });
      const session = await backend.identity.openSession(`${userId}@example.com`, testCall);
      if (session === null) throw new Error('the test account does not exist');
      return { token: session.accessToken, orgId, userId };
    },
    guest: async () => (await backend.identity.startGuest(testCall)).accessToken,
    async [Symbol.asyncDispose]() {
      await backend.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function headersOf({ token, headers }: CallOptions): Record<string, string> {
  return { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers };
}

interface Body {
  readonly result?: { readonly data: NonNullable<Answer['data']> };
  readonly error?: {
    readonly data: { readonly failure: Answer['failure']; readonly requestId: string | null };
  };
}

/** The error that ends an SSE stream; throws for one that ends without. */
async function streamedError(response: Response): Promise<NonNullable<Body['error']>> {
  const data = /event: serialized-error\ndata: (.*)/.exec(await response.text())?.[1];
  if (data === undefined) throw new Error('the stream did not end with an error');
  return JSON.parse(data) as NonNullable<Body['error']>;
}

async function answerOf(response: Response): Promise<Answer> {
  const streamed = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const body = (streamed ? { error: await streamedError(response) } : await response.json()) as Body;
  return {
    status: response.status,
    headers: response.headers,
    data: body.result?.data,
    failure: body.error?.data.failure ?? null,
    requestId: body.error?.data.requestId ?? null,
  };
}
