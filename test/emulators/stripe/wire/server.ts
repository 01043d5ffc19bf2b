import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyOf } from '../../request.ts';
import { type Api, answer } from './answer.ts';
import { ConnectionCut, type WireAnswer } from './exchange.ts';

/** Answers what is meant for the emulator itself, and not for Stripe; `null` for all else. */
export type Control = (path: string, body: string) => Promise<WireAnswer | null>;

/** Serves an account on a port of this machine. */
export async function listen(
  api: Api,
  { port, control }: { port: number; control: Control },
): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((request, response) => void serve({ api, control }, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: address.port, close };
}

async function serve(
  { api, control }: { api: Api; control: Control },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  try {
    const target = request.url ?? '/';
    const given = await bodyOf(request);
    const wire = { method: request.method ?? 'GET', target, headers: headersOf(request), body: given };
    const own = target.startsWith('/_emulator/') ? await control(target, given) : null;
    const { status, headers, content } = own ?? (await answer(api, { ...wire, signal: left.signal }));
    response.writeHead(status, headers);
    response.end(JSON.stringify(content));
  } catch (failure) {
    cut(response, failure);
  }
}

/** Ends the connection in the middle: what the test scripted, or an error of the emulator itself, which is told aloud. */
function cut(response: ServerResponse, failure: unknown): void {
  if (!(failure instanceof ConnectionCut)) console.error('the Stripe emulator failed', failure);
  const half = failure instanceof ConnectionCut ? failure.half : null;
  if (half === null) {
    response.socket?.resetAndDestroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(half.content));
  response.writeHead(half.status, { ...half.headers, 'content-length': String(body.length) });
  response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
