import { setTimeout as sleep } from 'node:timers/promises';
import type { Conversation, Message, RepSpheres } from '../../sdk/src/index.ts';
import type { cuttableSockets } from './cuttable-socket.ts';
import { BrokenPromise, expectThat, step } from './step.ts';
import { expectSameBytes, watchAnswer } from './watch-answer.ts';

const questions = [
  'How do I handle a price objection on a fractional laser?',
  'And what do I say when they ask for time to think about it?',
] as const;
const titleTimeoutMs = 20_000;

/** A member of an organisation: a conversation, an answer over a broken connection, a cancelled one, a job's work. */
export async function memberVisit(
  client: RepSpheres,
  sockets: ReturnType<typeof cuttableSockets>,
): Promise<void> {
  const conversation = await step(
    'opens a conversation',
    () => client.conversations.create.mutate({ agentId: 'harvey-specter', clientKey: crypto.randomUUID() }),
    ({ agent, title }) => `with ${agent.name}, titled "${title}"`,
  );
  await interruptedAnswer(client, sockets, conversation);
  await cancelledAnswer(client, conversation);
  await step(
    'the durable job has given the conversation its title',
    () => generatedTitle(client, conversation),
    (title) => `"${title}"`,
  );
}

async function interruptedAnswer(
  client: RepSpheres,
  sockets: ReturnType<typeof cuttableSockets>,
  { id, agent }: Conversation,
): Promise<void> {
  const states: string[] = [];
  const stopListening = client.onConnectionState(({ status }) => states.push(status));
  const ask = { agentId: agent.id, conversationId: id, message: questions[0] };
  const before = sockets.made();
  const { transcript, result } = await step(
    'an answer streams, its socket is cut, and nothing is missed or doubled',
    async () => {
      const watched = await watchAnswer(client.runs.startAndFollow(ask), agent.name, {
        afterCharacters: 160,
        happen: () => {
          expectThat(sockets.cut() > 0, 'there was no socket to cut');
          return 'socket cut';
        },
      });
      expectThat(states.includes('reconnecting'), 'the SDK did not notice the cut');
      return watched;
    },
    ({ pieces }) => `${pieces} pieces, numbers without a gap, over ${sockets.made() - before} sockets`,
  );
  stopListening();
  await step(
    'the transcript equals the stored message byte for byte',
    async () => {
      expectThat(result.status === 'completed', `the answer ended as ${result.status}`);
      const stored = await storedMessage(client, id, result.messageId);
      expectThat(stored.status === 'complete', `the message is stored as ${stored.status}`);
      expectSameBytes(transcript, stored.content, 'transcript and stored message');
      return stored;
    },
    ({ content }) => `${Buffer.byteLength(content)} bytes`,
  );
}

async function cancelledAnswer(client: RepSpheres, { id, agent }: Conversation): Promise<void> {
  const stream = client.runs.startAndFollow({ agentId: agent.id, conversationId: id, message: questions[1] });
  const { transcript, result } = await step('a second answer is cancelled', async () => {
    const watched = await watchAnswer(stream, agent.name, {
      afterCharacters: 120,
      happen: () => stream.cancel().then(() => 'cancelled'),
    });
    expectThat(watched.result.status === 'cancelled', `the answer ended as ${watched.result.status}`);
    return watched;
  });
  await step(
    'its text up to there is stored as partial',
    async () => {
      const stored = await storedMessage(client, id, result.messageId);
      expectThat(stored.status === 'partial', `the message is stored as ${stored.status}`);
      expectSameBytes(transcript, stored.content, 'transcript and stored message');
      return stored;
    },
    ({ content }) => `${Buffer.byteLength(content)} bytes`,
  );
}

async function storedMessage(client: RepSpheres, id: string, messageId: string | null): Promise<Message> {
  const { messages } = await client.conversations.get.query({ id });
  const stored = messages.find((one) => one.id === messageId);
  expectThat(stored?.role === 'assistant', `there is no message ${messageId} of the agent`);
  return stored;
}

async function generatedTitle(client: RepSpheres, { id, title }: Conversation): Promise<string> {
  for (const deadline = Date.now() + titleTimeoutMs; Date.now() < deadline; await sleep(200)) {
    const now = await client.conversations.get.query({ id, limit: 1 });
    if (now.title !== title) return now.title;
  }
  throw new BrokenPromise(`the title is still "${title}" after ${titleTimeoutMs / 1000} s`);
}
