import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/** The subject an e-mail address is counted under. Hashed: counters hold nobody's address in the clear. */
export function accountKey(email: string): string {
  return `account:${digest(email.trim().toLowerCase())}`;
}

/** The subject a session is counted under by its token, which is a secret. */
export function sessionKey(token: string): string {
  return `session:${digest(token)}`;
}

/** The subject a site is counted under, as the caller names it. */
export function siteKey(clientId: string): string {
  return `site:${digest(clientId)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** The subject an address is counted under: IPv4 whole (also when mapped into IPv6), IPv6 by its /64, which one subscriber holds. */
export function addressKey(address: string): string {
  const plain = address.split('%')[0] ?? '';
  if (isIPv4(plain)) return `addr:${plain}`;
  if (!isIPv6(plain)) return 'addr:unknown';
  const groups = groupsOf(plain);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return `addr:${bytes.join('.')}`;
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `addr:${network.join(':')}::/64`;
}

/** The eight groups; the URL parser has written an embedded IPv4 tail and upper case in the one canonical way. */
function groupsOf(address: string): readonly number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = [], right = []] = canonical
    .split('::')
    .map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
