import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** Mails what the mail server did not take when somebody waited for it; repeated while its link works. */
export function sendHeldMail({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'identity-send-held-mail',
      triggers: [jobEvents.mailHeld],
      concurrency: [{ limit: 5 }],
      retries: 12,
    },
    ({ event, step }) => step.run('send', () => attempt(() => operations.sendHeldMail(event.data))),
  );
}
