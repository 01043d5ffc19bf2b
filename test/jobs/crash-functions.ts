import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Inngest } from 'inngest';
import type { ExecutorSettings } from '../../jobs/local/settings.ts';

export const crashSettings: Partial<ExecutorSettings> = {
  leaseMs: 450,
  pollMs: 25,
  backoffMs: [20],
};

/** The functions of the crash tests, the same in the test and in its child; every step notes itself in the journal. */
export function crashFunctions(client: Inngest, journal: string) {
  const note = (text: string) => appendFileSync(journal, `${text} ${process.pid}\n`);
  return [
    client.createFunction(
      { id: 'marathon', triggers: [{ event: 'child/marathon' }] },
      async ({ event, step }) => {
        let sum = 0;
        for (const n of [1, 2, 3, 4, 5, 6]) {
          sum += await step.run(`step-${n}`, async () => {
            note(`${event.data.run} ${n}`);
            await sleep(Number(event.data.stepMs));
            return n;
          });
        }
        return sum;
      },
    ),
    client.createFunction({ id: 'killer', triggers: [{ event: 'child/killer' }] }, ({ step }) =>
      step.run('die', () => {
        note('die');
        process.kill(process.pid, 'SIGKILL');
      }),
    ),
  ];
}
