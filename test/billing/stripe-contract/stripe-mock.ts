import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { WireRequest } from '../../emulators/stripe/wire/exchange.ts';

/** Why the check against stripe-mock cannot run here; `null` when it can. The binary is found by PATH, or named by STRIPE_MOCK. */
export function stripeMockMissing(): string | null {
  const { error } = spawnSync(binary(), ['-version']);
  return error === undefined
    ? null
    : `no stripe-mock (go install github.com/stripe/stripe-mock@latest, or STRIPE_MOCK)`;
}

function binary(): string {
  return process.env.STRIPE_MOCK || 'stripe-mock';
}

/** Stripe's own stateless mock, which checks requests against Stripe's published OpenAPI description. */
export interface StripeMock extends AsyncDisposable {
  /** What the mock says against a request; `null` when it takes it. */
  objection(request: WireRequest): Promise<string | null>;
}

/** Starts the mock on a free port of this machine. */
export async function startStripeMock(): Promise<StripeMock> {
  const child = spawn(binary(), ['-http-addr', '127.0.0.1:'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const base = await addressOf(createInterface(child.stdout));
  return {
    objection: (request) => objection(base, request),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

async function addressOf(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const port = /Listening for HTTP at address: .*:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return `http://127.0.0.1:${port}`;
  }
  throw new Error('stripe-mock ended before it listened');
}

async function objection(
  base: string,
  { method, target, headers, body }: WireRequest,
): Promise<string | null> {
  const wanted = ['authorization', 'content-type', 'stripe-version'].flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name]] as const],
  );
  const response = await fetch(base + target, {
    method,
    headers: Object.fromEntries(wanted),
    ...(method === 'GET' ? {} : { body }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  return response.status < 400 ? null : `${response.status} ${method} ${target} ${body}: ${text}`;
}
