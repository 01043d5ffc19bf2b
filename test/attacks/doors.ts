import { request } from 'node:http';
import { WebSocket } from 'ws';

/** What a credential came to at one door: `ok`, the code of the failure, or `anonymous`. */
export type Outcome = string;

export interface Credentials {
  readonly authorization?: string;
  readonly cookie?: string;
  readonly origin?: string;
  readonly [header: string]: string | undefined;
}

interface Body {
  readonly result?: { readonly data: { readonly kind: string } };
  readonly error?: { readonly data: { readonly failure: { readonly code: string } } };
}

/** Asks over HTTP who one is; node:http sends headers that fetch would not. */
export async function overHttp(port: number, headers: Credentials, method = 'GET'): Promise<Outcome> {
  const path = method === 'GET' ? 'identity.getSession' : 'identity.renewToken';
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const sent = request({
    port,
    host: '127.0.0.1',
    path: `/trpc/${path}`,
    method,
    headers: withoutGaps(headers),
  });
  sent.on('error', reject).on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      resolve(text.startsWith('{') ? outcomeOf(JSON.parse(text) as Body) : `HTTP ${response.statusCode}`);
    });
  });
  sent.end();
  return promise;
}

/** Opens a socket with headers and asks who one is; a socket that is turned away says why and closes as 4401 to 4503. */
export function atUpgrade(port: number, headers: Credentials, search = ''): Promise<Outcome> {
  return ask(new WebSocket(`ws://127.0.0.1:${port}/trpc${search}`, { headers: withoutGaps(headers) }), null);
}

/** Opens a socket and names a token in its first message, as the SDK does. */
export function inParams(port: number, token: unknown): Promise<Outcome> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/trpc?connectionParams=1`);
  return ask(ws, { method: 'connectionParams', data: { token } });
}

function ask(ws: WebSocket, first: object | null): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  let said: string | null = null;
  ws.on('error', () => {});
  ws.on('unexpected-response', (_request, response) => {
    resolve(`HTTP ${response.statusCode}`);
    response.destroy();
  });
  ws.on('open', () => {
    if (first !== null) ws.send(JSON.stringify(first));
    ws.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'identity.getSession' } }));
  });
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Body & { id?: number | null };
    if (frame.result === undefined && frame.error === undefined) return;
    said ??= outcomeOf(frame);
    // Nobody, or somebody: the socket stays. A refused credential must close it, with the code as its reason.
    if (said === 'ok' || said === 'auth.required') {
      resolve(said);
      ws.close();
    }
  });
  ws.on('close', (code, reason) => {
    const asSaid = code === 4401 || code === 4403 || code === 4400;
    if (said !== null && String(reason) === said && asSaid) resolve(said);
    else reject(new Error(`closed ${code} ${reason} after ${said}`));
  });
  return promise;
}

function outcomeOf({ result, error }: Body): Outcome {
  return result === undefined ? (error?.data.failure.code ?? 'no code') : 'ok';
}

function withoutGaps(headers: Credentials): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
