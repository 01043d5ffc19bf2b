import { findDataRequest, findEmail } from '../../../db/queries/data-requests.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { Ports } from '../../core/ports.ts';

/** Why an erasure was cancelled: somebody asked for it, or what was in the way when it was to begin. */
export type Cancellation = 'asked' | 'owns-organisations' | 'subscription-runs';

const reasons: Readonly<Record<Cancellation, string>> = {
  asked: 'It was cancelled at the request of somebody signed in as you. Nothing was erased.',
  'owns-organisations':
    'It could not begin, because you own an organisation by now. Transfer or erase that first, then ask again. Nothing was erased.',
  'subscription-runs':
    'It could not begin, because a paid subscription goes on. Cancel that first, then ask again. Nothing was erased.',
};

/** Mails whoever asked for an erasure that it was cancelled, and why. For jobs; false when there is nobody to tell. */
export async function tellErasureCancelled(
  ports: Pick<Ports, 'database' | 'email' | 'publicUrl'>,
  { requestId, reason }: { readonly requestId: string; readonly reason: Cancellation },
): Promise<{ sent: boolean }> {
  const found = await withSystemScope(ports.database, 'read', async (scope) => {
    const request = await findDataRequest(scope, requestId);
    const to = request === null ? null : await findEmail(scope, request.requestedBy);
    return request === null || to === null ? null : { request, to };
  });
  if (found === null) return { sent: false };
  const { request, to } = found;
  const whose = request.subject === 'person' ? 'your data' : 'your organisation';
  await ports.email.send({
    to,
    id: `erasure-cancelled:${requestId}`,
    subject: `The erasure of ${whose} was cancelled`,
    text: [
      `The erasure of ${whose} that was asked for on ${request.createdAt.toUTCString()} will not take place.`,
      reasons[reason],
      'If this surprises you, sign in and look at your sessions.',
      `RepSpheres\n${ports.publicUrl}`,
    ].join('\n\n'),
  });
  return { sent: true };
}
