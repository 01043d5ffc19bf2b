import type { ErrorReply } from 'redis';

/** A RESP2 reply as the bridge asks for it: bulk strings are Buffers, status replies are strings. */
export type Reply = string | number | Buffer | null | ErrorReply | Reply[];

export type WireResult = string | number | null | WireResult[];

/** The two ways Upstash answers: plain text, or every string in base64 (`Upstash-Encoding: base64`). */
export type Encoding = 'text' | 'base64';

/** A reply as Upstash puts it into `result`. At top level a status OK stays readable; inside arrays the client decodes every string. */
export function encodeReply(reply: Reply, encoding: Encoding): WireResult {
  return reply === 'OK' ? 'OK' : encodeNested(reply, encoding);
}

function encodeNested(reply: Reply, encoding: Encoding): WireResult {
  if (reply === null || typeof reply === 'number') return reply;
  if (Array.isArray(reply)) return reply.map((part) => encodeNested(part, encoding));
  if (Buffer.isBuffer(reply)) return reply.toString(encoding === 'base64' ? 'base64' : 'utf8');
  const text = typeof reply === 'string' ? reply : reply.message;
  return encoding === 'base64' ? Buffer.from(text).toString('base64') : text;
}
