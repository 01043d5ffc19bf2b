import type { Agent, RepSpheres } from '../../sdk/src/index.ts';
import { expectRefusal } from './refusals.ts';
import { expectThat, step } from './step.ts';
import { terminal } from './terminal.ts';
import { expectSameBytes, watchAnswer } from './watch-answer.ts';

/** A person without an account: looks at the agents, talks to a public one, is kept from the others. */
export async function guestVisit(client: RepSpheres): Promise<void> {
  terminal.heading('A guest');
  const agents = await step(
    'lists the agents',
    async () => {
      const { items } = await client.agents.list.query({});
      expectThat(items.length > 0, 'there are no agents');
      return items;
    },
    (items) => `${items.length} (${countsByApp(items)})`,
  );
  const open = agents.find((one) => one.isPublic);
  const closed = agents.find((one) => !one.isPublic);
  expectThat(open !== undefined, 'no agent is public');
  await step(
    `talks to ${open.name} without an account`,
    async () => {
      const message = open.conversationStarters[0] ?? 'Hello. What can you help me with?';
      const watched = await watchAnswer(client.runs.startAndFollow({ agentId: open.id, message }), open.name);
      expectThat(watched.result.status === 'completed', `the answer ended as ${watched.result.status}`);
      expectSameBytes(watched.transcript, watched.result.text, 'what was streamed and its end');
      return watched;
    },
    ({ pieces, transcript }) => `${pieces} pieces, ${Buffer.byteLength(transcript)} bytes`,
  );
  if (closed === undefined) return;
  await expectRefusal(
    `is kept from ${closed.name}, who needs an account`,
    'agent.not-public',
    () => client.runs.startAndFollow({ agentId: closed.id, message: 'Hello' }).finished,
  );
}

function countsByApp(agents: readonly Agent[]): string {
  const apps = [...new Set(agents.flatMap((agent) => agent.apps))];
  return apps
    .map((app) => `${agents.filter((agent) => agent.apps.includes(app)).length} in ${app}`)
    .join(', ');
}
