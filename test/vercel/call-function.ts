import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DrivenFunction, type RunEvent } from './driven-function.ts';

/** What a scenario saw, printed as one JSON line for the test that started this process. */
export interface JourneyReport {
  readonly node: string;
  readonly importMs: number;
  readonly agents: number;
  readonly guestStatus: number;
  /** An answer that was streamed to its end: its text as streamed and as stored. */
  readonly streamedText: string;
  readonly storedText: string;
  readonly lastEvent: string;
  /** Works the platform was asked to wait for by a start nobody followed, and what became of that run. */
  readonly waitedFor: number;
  readonly unfollowed: string;
  /** The status of a run whose only reader left after the first words, once the platform had waited. */
  readonly abandoned: string;
  /** The status of asking for a link by mail, and how many works the platform was asked to wait for then. */
  readonly linkStatus: number;
  readonly waitedForMail: number;
  readonly unknown: { readonly status: number; readonly code: string };
}

// A path to ask for, or the name of a scenario.
const [path = '', scenario = 'journey'] = process.argv.slice(2);
const started = performance.now();
const driven = new DrivenFunction(await import(pathToFileURL(resolve(path)).href));
const importMs = performance.now() - started;

if (scenario.startsWith('/')) console.log(JSON.stringify(await driven.send(scenario)));
else if (scenario === 'interrupted') await beginAndStay();
else console.log(JSON.stringify(await journey()));
if (scenario !== 'interrupted') process.kill(process.pid, 'SIGTERM');

async function journey(): Promise<JourneyReport> {
  const agents = await driven.query('agents.list');
  const guestStatus = await signInAsGuest();
  const agentId = await publicAgent();
  const message = 'What should I ask first on a call with a new clinic?';

  const events = await driven.follow('runs.startAndFollow', { clientKey: 'a', agentId, message });
  const runId = events[0]?.runId ?? '';
  const stored = dataOf<{ text: string }>(await driven.query('runs.get', { runId })).text;
  await driven.settled();

  const begun = dataOf<RunView>(await driven.mutate('runs.start', { clientKey: 'b', agentId, message }));
  const waitedFor = await driven.settled();
  const left = await driven.follow('runs.startAndFollow', { clientKey: 'c', agentId, message }, isText);
  await driven.settled();

  const body = JSON.stringify({ email: 'robin@example.com' });
  const link = await driven.send('/api/auth/sign-in/magic-link', { method: 'POST', body });
  const waitedForMail = await driven.settled();

  const unknown = await driven.send('/nowhere');
  return {
    node: process.version,
    importMs,
    agents: dataOf<{ items: unknown[] }>(agents).items.length,
    guestStatus,
    streamedText: events.map((event) => (isText(event) ? event.text : '')).join(''),
    storedText: stored,
    lastEvent: events.at(-1)?.type ?? 'none',
    waitedFor,
    unfollowed: await statusOf(begun.runId),
    abandoned: await statusOf(left[0]?.runId ?? ''),
    linkStatus: link.status,
    waitedForMail,
    unknown: { status: unknown.status, code: codeOf(unknown.body) },
  };
}

/** Begins a slow answer, says which one, and leaves the process to its parent's signal. */
async function beginAndStay(): Promise<void> {
  await signInAsGuest();
  const input = { clientKey: 'slow', agentId: await publicAgent(), message: 'Tell me about implants.' };
  const events = await driven.follow('runs.startAndFollow', input, isText);
  console.log(JSON.stringify({ runId: events[0]?.runId }));
}

interface RunView {
  readonly runId: string;
  readonly status: string;
}

async function signInAsGuest(): Promise<number> {
  const guest = await driven.mutate('identity.startGuest', {});
  driven.token = dataOf<{ accessToken: string }>(guest).accessToken;
  return guest.status;
}

async function publicAgent(): Promise<string> {
  const { items } = dataOf<{ items: { id: string; isPublic: boolean }[] }>(await driven.query('agents.list'));
  const agent = items.find((item) => item.isPublic);
  if (agent === undefined) throw new Error('no public agent');
  return agent.id;
}

async function statusOf(runId: string): Promise<string> {
  return dataOf<RunView>(await driven.query('runs.get', { runId })).status;
}

function isText(event: RunEvent): boolean {
  return event.type === 'text.delta';
}

/** The result of a tRPC call, which the reader knows the shape of; throws what was answered instead. */
function dataOf<T>(answer: { status: number; body: unknown }): T {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return (answer.body as { result: { data: T } }).result.data;
}

function codeOf(body: unknown): string {
  return (body as { error: { data: { failure: { code: string } } } }).error.data.failure.code;
}
