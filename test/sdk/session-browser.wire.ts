import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, chromiumMissingReason, type Tab } from './chromium.ts';
import { type ListeningBackend, listeningBackend, portOf } from './listening-backend.ts';

/** The plain-JavaScript page of sdk/example in real Chromium, against the real backend: two origins of one site. */
const sdk = join(import.meta.dirname, '../../sdk');
const missing = chromiumMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;
let app = '';
let api = '';
let backend: ListeningBackend;
let pages: Server;

beforeAll(async () => {
  const bundle = await build({
    ...{ entryPoints: [join(sdk, 'src/index.ts')], bundle: true, format: 'esm', target: 'es2017' },
    ...{ write: false, logLevel: 'warning' },
  });
  const code = bundle.outputFiles[0]?.text;
  const html = readFileSync(join(sdk, 'example/index.html'), 'utf8');
  pages = createServer((request, response) => {
    const isCode = request.url === '/repspheres-sdk.js';
    response.setHeader('content-type', isCode ? 'text/javascript' : 'text/html');
    if (request.url === '/blank') return void response.end('<!doctype html>');
    response.end(isCode ? code : html.replace('http://localhost:8787', api));
  });
  app = `http://localhost:${await portOf(pages)}`;
  backend = await listeningBackend(app, { OFFLINE_CHUNK_MS: '100' });
  api = backend.url;
});
afterAll(async () => {
  await new Promise((resolve) => pages.close(resolve));
  await backend[Symbol.asyncDispose]();
});

const who = (tab: Tab) => tab.run<string>(`document.getElementById('who').textContent`);
const renewals = (tabs: Tab[]) =>
  tabs.flatMap(({ requests }) => requests).filter((url) => url.includes('identity.renewToken')).length;

/** A person signs up in the browser and follows the link of the mail: the cookie is there. */
async function signUp(tab: Tab, email: string): Promise<void> {
  await tab.open(app);
  const status = await tab.run<number>(`fetch('${api}/api/auth/sign-up/email', {
    method: 'POST',
    credentials: 'include',
    headers: { 'content-type': 'application/json', 'x-repspheres-app': 'global' },
    body: JSON.stringify({ name: 'Robin', email: '${email}', password: 'a long enough phrase 42' }),
  }).then((response) => response.status)`);
  expect(status).toBe(200);
  await tab.open(await backend.server.mailbox.link(email));
  await tab.run(`document.querySelector('button[type=submit]').click()`);
  await expect.poll(() => tab.run<string>('location.pathname')).toBe('/');
  tab.requests.length = 0;
}

test.skipIf(missing !== null)(
  `a page without a build is signed in by the cookie, streams by socket, and a sign-out in one tab ends the stream in the other${note}`,
  async () => {
    await using browser = await chromium();
    const here = await browser.tab();
    await signUp(here, 'robin@example.com');
    const there = await browser.tab();
    await Promise.all([here.open(app), there.open(app)]);
    for (const tab of [here, there]) await expect.poll(() => who(tab)).toBe('Signed in as Robin');
    expect(renewals([here, there])).toBeLessThanOrEqual(2);

    await there.run(`document.querySelector('#ask button').click()`);
    const answer = () => there.run<string>(`document.getElementById('answer').textContent`);
    await expect.poll(answer, { timeout: 10_000 }).not.toBe('');
    const began = Date.now();
    await here.run(`document.getElementById('sign-out').click()`);
    await expect.poll(() => who(there), { interval: 5 }).toBe('Nobody is signed in');
    expect(Date.now() - began).toBeLessThan(1_000);
    await expect.poll(answer).toMatch(/^auth\.revoked/);
    expect(await who(here)).toBe('Nobody is signed in');

    const asked = [...here.requests, ...there.requests];
    expect(asked.some((url) => url.startsWith('ws://'))).toBe(true);
    expect(asked.filter((url) => /eyJ|token=/.test(url))).toEqual([]);
  },
  60_000,
);

test.skipIf(missing !== null)(
  `a tab that is killed while it has the turn to renew does not hold up the others${note}`,
  async () => {
    await using browser = await chromium();
    const [victim, other] = [await browser.tab(), await browser.tab()];
    await signUp(victim, 'sam@example.com');
    await victim.open(`${app}/blank`);
    await victim.run(`new Promise((holds) => {
      navigator.locks.request('repspheres cookie global ${api}', () => {
        holds();
        return new Promise(() => {});
      });
    })`);
    await other.open(app);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await who(other)).toBe('Looking who is there…');
    expect(renewals([other])).toBe(0);
    victim.kill();
    await expect.poll(() => who(other), { timeout: 5_000 }).toBe('Signed in as Robin');
  },
  60_000,
);

test.skipIf(missing !== null)(
  `signing in by the page's button leads over the sign-in page back to the app, and the other tab hears of it${note}`,
  async () => {
    await using browser = await chromium();
    const [here, there] = [await browser.tab(), await browser.tab()];
    await signUp(here, 'kim@example.com');
    await here.open(app);
    await expect.poll(() => who(here), { timeout: 5_000 }).toBe('Signed in as Robin');
    await here.run(`document.getElementById('sign-out').click()`);
    await expect.poll(() => who(here), { timeout: 5_000 }).toBe('Nobody is signed in');
    await there.open(app);
    await expect.poll(() => who(there), { timeout: 5_000 }).toBe('Nobody is signed in');

    await here.run(`document.getElementById('sign-in').click()`);
    const address = () => here.run<string>('location.href');
    await expect.poll(address, { timeout: 5_000 }).toContain(`${api}/auth/sign-in?redirect=`);
    await here.run(`new Promise((resolve) => {
      if (document.readyState === 'complete') resolve();
      else addEventListener('load', resolve);
    })`);
    await here.run(`{
      document.querySelector('input[type=email]').value = 'kim@example.com';
      const password = document.querySelector('input[type=password]');
      password.value = 'a long enough phrase 42';
      password.form.requestSubmit();
    }`);
    await expect.poll(address, { timeout: 10_000 }).toBe(`${app}/`);
    for (const tab of [here, there])
      await expect.poll(() => who(tab), { timeout: 5_000 }).toBe('Signed in as Robin');
  },
  60_000,
);
