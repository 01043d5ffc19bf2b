import { Failure } from '../core/failure.ts';
import { errorShape } from '../rpc/errors.ts';

/** Opens an export by the id and token of its link; null for a link that leads nowhere (any more). */
export type OpenExport = (id: string, token: string) => Promise<AsyncGenerator<string> | null>;

/** `GET /exports/<id>?token=…`: the file as an attachment, streamed, kept by no cache. */
export async function handleExport(
  open: OpenExport,
  link: { readonly id: string; readonly token: string; readonly requestId: string },
): Promise<Response> {
  const pieces = await open(link.id, link.token);
  const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
  if (pieces === null) {
    const error = errorShape(new Failure('data-request.not-found'), link.requestId);
    return Response.json({ error }, { status: 404, headers });
  }
  const body = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return new Response(body, {
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="repspheres-${link.id}.json"`,
    },
  });
}
