import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** Compares the Bearer token in constant time; hashing first makes the lengths equal. */
export function requireToken(request: IncomingMessage, tokenHash: Buffer): void {
  const header = request.headers.authorization ?? '';
  const given = /^bearer (.*)$/is.exec(header)?.[1] ?? '';
  if (!timingSafeEqual(hashToken(given), tokenHash)) throw new Refusal(401, 'Unauthorized');
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The whole body, or a 413 before more than `maxBytes` are held. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new Refusal(413, `ERR max request size exceeded. Limit: ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `["SET", "k", 1, true]` as Redis arguments. */
export function commandOf(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new Refusal(400, 'ERR failed to parse command: expected a non-empty JSON array');
  }
  return value.map((part) => {
    if (typeof part === 'string') return part;
    if (typeof part === 'number' || typeof part === 'boolean') return String(part);
    throw new Refusal(400, 'ERR failed to parse command: arguments are strings, numbers or booleans');
  });
}

/** A list of commands, as `/pipeline` and `/multi-exec` take it. */
export function commandsOf(value: unknown): string[][] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new Refusal(400, 'ERR failed to parse commands: expected a non-empty JSON array of arrays');
  }
  return value.map(commandOf);
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refusal(
      400,
      `ERR failed to parse the body: ${error instanceof Error ? error.message : 'not JSON'}`,
    );
  }
}

/** `/set/key/value?EX=100` as a command, for people with curl. */
export function commandOfPath(url: string): string[] {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const parts = path.split('/').filter(Boolean).map(decodePart);
  for (const [name, value] of new URLSearchParams(query)) parts.push(name, ...(value === '' ? [] : [value]));
  return parts;
}

/** A percent-encoded part; text that is not well encoded means itself. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
