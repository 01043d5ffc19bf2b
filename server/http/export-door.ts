import { Failure } from '../core/failure.ts';
import { addressKey } from '../integrations/limits/address.ts';
import type { RateLimiter } from '../integrations/limits/port.ts';
import { limitRules } from '../integrations/limits/rules.ts';
import { errorShape } from '../rpc/errors.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** What a request for a download brings. */
export interface ExportLink {
  readonly id: string;
  readonly token: string;
  readonly requestId: string;
}

/** Opens an export by its link, on record; null for a link that leads nowhere (any more). */
export type OpenExport = (link: ExportLink) => Promise<AsyncGenerator<string> | null>;

const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

/** `GET /exports/<id>?token=…`: the file as an attachment, streamed, kept by no cache; limited by address. */
export async function handleExport(
  by: { readonly open: OpenExport; readonly limiter: RateLimiter },
  link: ExportLink & { readonly address: string },
): Promise<Response> {
  const subject = addressKey(link.address);
  const decision = await by.limiter.consume({ rule: limitRules.exportDownloads, subject });
  if (!decision.allowed)
    return refusal(new Failure('request.rate-limited', { retryAfterMs: decision.retryAfterMs }), link);
  const pieces = await by.open(link);
  if (pieces === null) return refusal(new Failure('data-request.not-found'), link);
  const body = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return new Response(body, {
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="repspheres-${link.id}.json"`,
    },
  });
}

function refusal(failure: Failure, { requestId }: ExportLink): Response {
  const error = errorShape(failure, requestId);
  const wait = retryAfterSeconds([failure]);
  const retry = wait === null ? {} : { 'retry-after': String(wait) };
  return Response.json({ error }, { status: error.data.httpStatus, headers: { ...headers, ...retry } });
}
