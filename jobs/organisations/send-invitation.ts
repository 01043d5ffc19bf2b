import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** Mails an invitation. Once an invitation; a mail server that is away is tried again for some hours. */
export function sendInvitation({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'organisations-send-invitation',
      triggers: [jobEvents.memberInvited],
      idempotency: 'event.data.invitationId',
      concurrency: [{ limit: 2, key: 'event.data.orgId' }],
      retries: 10,
    },
    ({ event, step }) => step.run('send', () => attempt(() => operations.sendInvitation(event.data))),
  );
}
