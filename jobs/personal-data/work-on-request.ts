import type { JobDeps } from '../deps.ts';
import { jobEvents } from '../events.ts';
import { attempt } from '../failures.ts';

/** Back-channel logouts are repeated while a site does not answer; what is not told by then goes with the rows. Our own figure. */
const SITES_HEAR = '10m';

/** Exports or erases a person's or organisation's data, table by table, once the time to cancel is over. */
export function workOnDataRequest({ client, operations }: JobDeps) {
  return client.createFunction(
    {
      id: 'personal-data-work',
      triggers: [jobEvents.dataRequested],
      idempotency: 'event.data.requestId',
      concurrency: [{ limit: 2 }],
      retries: 10,
    },
    async ({ event, step }) => {
      const { requestId, dueAt } = event.data;
      await step.sleepUntil('time to cancel', dueAt);
      const begun = await step.run('begin', () => attempt(() => operations.beginDataRequest({ requestId })));
      if (begun === null) return { requestId, done: false };
      if (begun.tellsSites) await step.sleep('time for sites to hear of it', SITES_HEAR);
      for (const table of begun.tables)
        await step.run(table, () => attempt(() => operations.workOnTable({ requestId, table })));
      const { done } = await step.run('finish', () =>
        attempt(() => operations.finishDataRequest({ requestId })),
      );
      return { requestId, done };
    },
  );
}
