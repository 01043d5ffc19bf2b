import type { IncomingMessage } from 'node:http';

const UNKNOWN = '0.0.0.0';

/**
 * The caller's address: the socket's peer, or the entry that the outermost trusted proxy wrote into X-Forwarded-For.
 * `trustedHops` proxies append from the right; what stands further left is the caller's own word and is ignored.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trustedHops: number,
): string {
  if (trustedHops === 0 || forwardedFor === undefined) return peer ?? UNKNOWN;
  const chain = forwardedFor.split(',').map((part) => part.trim());
  return chain[chain.length - trustedHops] ?? peer ?? UNKNOWN;
}

/** The same for a raw Node request, as the socket upgrade sees it. */
export function addressOfRequest(request: IncomingMessage, trustedHops: number): string {
  const header = request.headers['x-forwarded-for'];
  return clientAddress(
    request.socket.remoteAddress,
    Array.isArray(header) ? header.join(',') : header,
    trustedHops,
  );
}
