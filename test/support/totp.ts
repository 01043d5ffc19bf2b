import { createHmac } from 'node:crypto';

/**
 * The code an authenticator app shows now, or `ahead` codes later (RFC 6238, SHA-1, 30 s, six digits). A code is good once:
 * who has set the factor up with the present one signs in with the next, which the server takes already.
 */
export function totp(uri: string, ahead = 0): string {
  const bits = [...(new URL(uri).searchParams.get('secret') ?? '')]
    .map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = (mac[19] ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
