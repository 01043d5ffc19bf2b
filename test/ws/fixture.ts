import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { WebSocket } from 'ws';
import type { Actor, MemberActor, Principal } from '../../server/core/actor.ts';
import type { AppId } from '../../server/core/apps.ts';
import { systemClock } from '../../server/core/clock.ts';
import { Failure } from '../../server/core/failure.ts';
import { newId } from '../../server/core/ids.ts';
import { silentLogger } from '../../server/core/observe.ts';
import { addressOfRequest } from '../../server/http/address.ts';
import type { LimitDecision } from '../../server/integrations/limits/port.ts';
import type { PrincipalChange, Principals } from '../../server/modules/identity/principals.ts';
import { createSocketGateway } from '../../server/ws/gateway.ts';
import type { SocketLimits } from '../../server/ws/limits.ts';
import type { GatewayOptions, SocketError } from '../../server/ws/options.ts';
import { Observed, type TestRouter, testRouter } from './test-router.ts';

/** Tokens are `<name>`; each name is one member until a test says otherwise. */
export class FakePrincipals implements Principals {
  readonly known = new Map<string, MemberActor>();
  readonly listeners = new Set<(change: PrincipalChange) => void>();
  refreshes = 0;
  down = false;

  member(token: string, over: Partial<MemberActor> = {}): MemberActor {
    const actor: MemberActor = {
      kind: 'member',
      userId: newId('user'),
      sessionId: newId('session'),
      orgId: newId('organisation'),
      role: 'rep',
      app: 'crm',
      tier: 'repx2',
      scopes: new Set(['run:read', 'run:write']),
      expiresAt: Date.now() + 600_000,
      ...over,
    };
    this.known.set(token, actor);
    return actor;
  }

  async resolve({ token, app }: { token: string | null; app: AppId }): Promise<Actor> {
    if (token === null) return { kind: 'anonymous', app };
    const actor = this.known.get(token);
    if (actor === undefined) throw new Failure('auth.invalid-token');
    if (actor.expiresAt <= Date.now()) throw new Failure('auth.expired-token');
    return { ...actor, app };
  }

  async refresh(actor: Principal): Promise<Principal | null> {
    this.refreshes += 1;
    if (this.down) throw new Error('no database');
    for (const known of this.known.values())
      if (known.userId === actor.userId && known.kind === actor.kind) return { ...known, app: actor.app };
    return null;
  }

  onChange(listener: (change: PrincipalChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  announce(change: PrincipalChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

export const allowed: LimitDecision = { allowed: true, limit: 1, remaining: 1, resetsAt: 0, retryAfterMs: 0 };
export const denied: LimitDecision = {
  allowed: false,
  limit: 1,
  remaining: 0,
  resetsAt: 0,
  retryAfterMs: 1_500,
};

export class Counted {
  readonly refusals: string[] = [];
  readonly closes: number[] = [];
  opens = 0;
  refused(reason: string): void {
    this.refusals.push(reason);
  }
  opened(): void {
    this.opens += 1;
  }
  closed(code: number): void {
    this.closes.push(code);
  }
}

export interface Frame {
  readonly id: number | string | null;
  readonly method?: string;
  readonly result?: { readonly type: string; readonly id?: string; readonly data?: unknown };
  readonly error?: {
    readonly code: number;
    readonly data: { readonly failure: { code: string; retryAfterMs?: number } };
  };
}

/** A bare protocol client that keeps every frame. */
export class Raw {
  readonly ws: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string; afterMs: number }>;

  constructor(url: string, headers: Record<string, string> = {}) {
    const start = performance.now();
    this.ws = new WebSocket(url, { headers, perMessageDeflate: false });
    this.ws.on('error', () => undefined);
    this.ws.on('message', (data) => this.#keep(String(data)));
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) =>
        resolve({ code, reason: String(reason), afterMs: performance.now() - start }),
      );
    });
  }

  #keep(text: string): void {
    if (text !== 'PING' && text !== 'PONG') this.frames.push(JSON.parse(text));
    else this.frames.push({ id: text });
  }

  async open(): Promise<this> {
    if (this.ws.readyState === WebSocket.CONNECTING) await once(this.ws, 'open');
    return this;
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first frame that holds, waiting for it at most 5 s. */
  async frame(holds: (frame: Frame) => boolean): Promise<Frame> {
    const found = await until(() => this.frames.find(holds));
    return found;
  }
}

/** Polls until a value appears; fails after `ms`. */
export async function until<T>(read: () => T | undefined | false | null, ms = 5_000): Promise<T> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const value = read();
    if (value !== undefined && value !== false && value !== null) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('what the test waits for did not happen');
}

export interface Overrides extends Partial<Omit<GatewayOptions, 'limits'>> {
  readonly limits?: Partial<SocketLimits>;
}

/** A gateway behind a real HTTP server on a free port; disposing it closes everything. */
export async function gatewayFixture(over: Overrides = {}) {
  const observed = new Observed();
  const principals = new FakePrincipals();
  const metrics = new Counted();
  const errors: SocketError[] = [];
  const gateway = createSocketGateway({
    router: testRouter(observed),
    path: '/trpc',
    originAllowed: (origin) => origin === undefined || origin === 'https://app.example.com',
    addressOf: (req) => addressOfRequest(req, 1),
    principals,
    createContext: (call) => call,
    admit: async () => allowed,
    organisationCap: () => Number.POSITIVE_INFINITY,
    onError: (error) => errors.push(error),
    logger: silentLogger,
    metrics,
    clock: systemClock,
    ...over,
    limits: { sweepMs: 20, ...over.limits },
  });
  const server = createServer();
  server.on('upgrade', gateway.handleUpgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}/trpc`;
  const clients: { close(): unknown }[] = [];
  return {
    gateway,
    principals,
    metrics,
    observed,
    errors,
    port,
    url,
    /** An opened bare socket; with a token it has sent its connectionParams. */
    async raw(token?: string, headers?: Record<string, string>): Promise<Raw> {
      const raw = await new Raw(token === undefined ? url : `${url}?connectionParams=1`, headers).open();
      clients.push({ close: () => raw.ws.terminate() });
      if (token !== undefined) raw.send({ method: 'connectionParams', data: { token, app: 'crm' } });
      return raw;
    },
    /** The stock client. */
    client(token: string | (() => string), over: Partial<Parameters<typeof createWSClient>[0]> = {}) {
      const wsClient = createWSClient({
        url,
        WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
        connectionParams: () => ({ token: typeof token === 'string' ? token : token(), app: 'crm' }),
        retryDelayMs: () => 10,
        ...over,
      });
      clients.push(wsClient);
      return { wsClient, trpc: createTRPCClient<TestRouter>({ links: [wsLink({ client: wsClient })] }) };
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await gateway.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
