import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRepSpheres } from '../../sdk/src/client.ts';
import type { FetchFunction } from '../../sdk/src/options.ts';
import { Browser } from '../support/browser.ts';
import { browserTab } from './browser-tab.ts';
import { type ListeningBackend, listeningBackend } from './listening-backend.ts';

/** The SDK against the real backend: tabs of a browser that keeps cookies, over HTTP and sockets. */
const origin = 'https://app.example.com';
const shared = { AUTH_SECRET: 'a-secret-that-two-processes-share-with-each-other' };
let backend: ListeningBackend;
beforeAll(async () => {
  backend = await listeningBackend(origin, { ...shared, OFFLINE_CHUNK_MS: '10' });
});
afterAll(async () => await backend[Symbol.asyncDispose]());

let people = 0;
const password = 'a long enough phrase 42';

async function signedUp(): Promise<{ browser: Browser; email: string }> {
  people += 1;
  const email = `sdk${people}@example.com`;
  const browser = new Browser(backend.server.backend, origin);
  await browser.post('/api/auth/sign-up/email', { name: 'Robin', email, password });
  await browser.open(await backend.server.mailbox.link(email));
  return { browser, email };
}

const tab = (browser: Browser) => browserTab(browser, { url: backend.url, app: 'repconnect' });

test('a cookie is all a page needs: session, calls and streams, as the person who signed in', async () => {
  const { browser, email } = await signedUp();
  await using page = tab(browser);
  const session = await page.session.get();
  expect(session).toMatchObject({ kind: 'member', user: { email }, organisation: { role: 'owner' } });
  expect((await page.conversations.list.query({})).items).toEqual([]);
  const { items } = await page.agents.list.query();
  const stream = page.runs.startAndFollow({ agentId: items[0]?.id ?? '', message: 'Hello' });
  await stream.accepted;
  await stream.cancel();
  expect(await stream.finished).toMatchObject({ status: 'cancelled' });
  expect((await page.conversations.list.query({})).items).toHaveLength(1);
});

test('a page that reloads after the answer learns how it ended, over sockets and over event streams', async () => {
  const { browser } = await signedUp();
  await using page = tab(browser);
  const { items } = await page.agents.list.query();
  const first = page.runs.startAndFollow({ agentId: items[0]?.id ?? '', message: 'Hello' });
  const result = await first.finished;
  const run = await page.runs.get.query({ runId: first.runId ?? '' });
  expect(run).toMatchObject({ status: 'completed', lastEventId: first.lastEventId });
  for (const transport of ['ws', 'sse'] as const) {
    await using reloaded = browserTab(browser, { url: backend.url, app: 'repconnect', transport });
    const { lastEventId } = await reloaded.runs.get.query({ runId: run.runId });
    const again = reloaded.runs.follow(run.runId, { lastEventId });
    for await (const event of again) expect.unreachable(`${event.type} came twice`);
    expect(await again.finished).toEqual(result);
    expect(again.text()).toBe(result.text);
  }
});

test('an organisation switched in one tab is the one of the other, which is told', async () => {
  const { browser } = await signedUp();
  await using here = tab(browser);
  await using there = tab(browser);
  const before = (await Promise.all([here.session.get(), there.session.get()]))[0];
  const made = await here.organisations.create.mutate({ name: 'Second' });
  await here.organisations.switch.mutate({ organisationId: made.id });
  expect(await here.session.get()).toMatchObject({ organisation: { id: made.id } });
  await expect.poll(() => there.changes).toEqual(['switched-organisation other-tab']);
  expect(await there.session.get()).toMatchObject({ organisation: { id: made.id } });
  expect(before?.organisation.id).not.toBe(made.id);
  expect(here.changes).toEqual(['switched-organisation this-tab']);
});

test('what was begun in one organisation is not done in the one another browser tab has switched to', async () => {
  const { browser } = await signedUp();
  await using page = tab(browser);
  await page.session.get();
  const second = await page.organisations.create.mutate({ name: 'Second' });
  const elsewhere = await browser.post('/trpc/organisations.switch', { organisationId: second.id });
  expect(elsewhere.status).toBe(200);
  const { items } = await page.agents.list.query();
  const input = { agentId: items[0]?.id ?? '', title: 'Of the first', clientKey: 'k1' };
  await expect(page.conversations.create.mutate(input)).rejects.toMatchObject({ code: 'auth.expired-token' });
  await expect.poll(() => page.changes).toEqual(['switched-organisation server']);
  expect((await page.conversations.list.query({})).items).toEqual([]);
});

test('a session ended from another device ends the open stream within a second, and the page is told', async () => {
  const { browser, email } = await signedUp();
  await using page = tab(browser);
  await page.session.get();
  const { items } = await page.agents.list.query();
  const stream = page.runs.startAndFollow({ agentId: items[0]?.id ?? '', message: 'A long story, please' });
  await stream.accepted;
  const device = new Browser(backend.server.backend, origin);
  await device.post('/api/auth/sign-in/email', { email, password });
  const ended = stream.finished.catch((error: { code: string }) => error);
  const began = performance.now();
  expect((await device.post('/trpc/identity.revokeOtherSessions', undefined)).status).toBe(200);
  expect(await ended).toMatchObject({ code: 'auth.revoked' });
  expect(performance.now() - began).toBeLessThan(1_000);
  await expect.poll(() => page.changes).toEqual(['signed-out server']);
  expect(await page.session.get()).toBe(null);
});

test('signing out takes the cookie away, and the person may come back as a guest', async () => {
  const { browser } = await signedUp();
  await using page = tab(browser);
  await page.session.get();
  await page.session.signOut();
  expect(browser.cookies.size).toBe(0);
  expect(await page.session.get()).toBe(null);
  const { items } = await page.agents.list.query();
  const agentId = items.find(({ isPublic }) => isPublic)?.id ?? '';
  await page.runs.startAndFollow({ agentId, message: 'Hello' }).accepted;
  expect(await page.session.get()).toMatchObject({ kind: 'guest' });
});

test('event streams that are rotated before a function’s limit lose and repeat nothing', async () => {
  const variables = { ...shared, STREAM_SECONDS: '0.3', OFFLINE_CHUNK_MS: '20' };
  await using short = await listeningBackend(origin, variables);
  const { token } = await short.server.signIn();
  const opened = { 'runs.follow': 0, 'entitlements.follow': 0 };
  const counting: FetchFunction = (url, init) => {
    for (const path of Object.keys(opened) as (keyof typeof opened)[]) {
      if (String(url).includes(path)) opened[path] += 1;
    }
    return fetch(url, init);
  };
  const client = createRepSpheres({
    ...{ url: short.url, app: 'repconnect', transport: 'sse', fetch: counting },
    getAccessToken: () => token,
  });
  const views: string[] = [];
  const view = client.entitlements.follow.subscribe(
    {},
    { onData: (data) => views.push(JSON.stringify(data)) },
  );
  const stream = client.runs.startAndFollow({
    agentId: 'harvey-specter',
    message: 'How do I open a call about neurotoxins with a dermatologist, and what do they ask first?',
  });
  const seqs: number[] = [];
  for await (const event of stream) {
    for (let seq = event.type === 'text.delta' ? (event.fromSeq ?? event.seq) : event.seq; seq <= event.seq; )
      seqs.push(seq++);
  }
  const { status, messageId, text } = await stream.finished;
  expect(status).toBe('completed');
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  const { conversationId } = await stream.accepted;
  const { messages } = await client.conversations.get.query({ id: conversationId ?? '' });
  expect(messages.find(({ id }) => id === messageId)?.content).toBe(text);
  await expect.poll(() => Math.min(...Object.values(opened))).toBeGreaterThanOrEqual(3);
  // The answer is use, which the view shows; but no state of it comes twice.
  expect(new Set(views).size).toBe(views.length);
  view.unsubscribe();
  await client.close();
});

test('a second tab, and a page reloaded without anything kept, follow the answer that is being written', async () => {
  const { browser } = await signedUp();
  await using first = tab(browser);
  const asked = { agentId: 'harvey-specter', message: 'How do I open a call about neurotoxins?' };
  const stream = first.runs.startAndFollow(asked);
  const id = (await stream.accepted).conversationId ?? '';
  const { runId } = stream;
  const textOf = async (of: typeof stream) => {
    let text = '';
    for await (const event of of) if (event.type === 'text.delta') text += event.text;
    return text;
  };
  const followed = async () => {
    await using page = tab(browser);
    const { liveRun, messages } = await page.conversations.get.query({ id });
    expect(liveRun).toBe(runId);
    expect(messages.map(({ role }) => role)).toEqual(['user']);
    const following = page.runs.follow(liveRun ?? '');
    return { text: await textOf(following), result: await following.finished };
  };
  const [own, tabbed, reloaded] = await Promise.all([textOf(stream), followed(), followed()]);
  const result = await stream.finished;
  expect(result).toMatchObject({ status: 'completed', text: own });
  for (const other of [tabbed, reloaded]) expect(other).toEqual({ text: own, result });
  const after = await first.conversations.get.query({ id });
  expect(after).toMatchObject({ liveRun: null, messages: [{ role: 'user' }, { content: own }] });
});
