import { timingSafeEqual } from 'node:crypto';
import type { LinkTokens } from '../../core/link-tokens.ts';
import type { Ports } from '../../core/ports.ts';

/** Where an export is downloaded; the token in it proves the right. */
export function exportUrl(ports: Pick<Ports, 'linkTokens' | 'publicUrl'>, requestId: string): string {
  return `${ports.publicUrl}/exports/${requestId}?token=${ports.linkTokens.make('export', [requestId])}`;
}

/** Whether this is the token of the export's link. */
export function opensExport(tokens: LinkTokens, requestId: string, token: string): boolean {
  const [wanted, given] = [Buffer.from(tokens.make('export', [requestId])), Buffer.from(token)];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
