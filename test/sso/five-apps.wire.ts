import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppId } from '../../server/core/apps.ts';
import { installPackedSdk } from '../demo/packed-sdk.ts';
import { chromium, chromiumMissingReason, type Tab } from '../sdk/chromium.ts';
import { listeningBackend } from '../sdk/listening-backend.ts';
import { password } from '../support/signed-up.ts';
import { appPage } from './app-page.ts';
import { tlsFront } from './tls-front.ts';

/**
 * Five apps on one domain and two pages on others, in real Chromium: hosts mapped to loopback, HTTPS, the packed
 * SDK. Pictures of each step are in test/output/sso.
 */
const missing = chromiumMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;
const pictures = new URL('../output/sso/', import.meta.url);
const domain = 'repspheres.example';
const apps: Readonly<Record<AppId, string>> = {
  global: domain,
  crm: `crm.${domain}`,
  market: `marketdata.${domain}`,
  repconnect: `repconnect.${domain}`,
  canvas: `canvas.${domain}`,
};
const siblings = ['crm', 'market', 'repconnect', 'canvas'] as const;
const sixthHost = 'fieldkit.example';
const seventhHost = 'fieldnotes.example';
const email = 'robin@example.com';

const scope = new AsyncDisposableStack();
let originOf: (host: string) => string;
let backend: Awaited<ReturnType<typeof listeningBackend>>;
let browser: Awaited<ReturnType<typeof chromium>>;

beforeAll(async () => {
  if (missing !== null) return;
  mkdirSync(pictures, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'sso-sdk-'));
  scope.defer(() => rmSync(folder, { recursive: true }));
  await installPackedSdk(folder);
  const sdk = readFileSync(join(folder, 'node_modules/@repspheres/sdk/dist/esm/index.js'), 'utf8');
  const front = scope.use(await tlsFront());
  originOf = (host) => `https://${host}:${front.port}`;
  const api = originOf(`api.${domain}`);
  const elsewhere = { fieldkit: sixthHost, fieldnotes: seventhHost };
  const hosts = [...Object.values(apps), ...Object.values(elsewhere)];
  const clients = Object.entries(elsewhere).map(([clientId, host]) => {
    const redirectUris = [`${originOf(host)}/signed-in`];
    return { clientId, name: host, firstParty: true, redirectUris };
  });
  backend = scope.use(
    await listeningBackend(hosts.map(originOf).join(','), {
      PUBLIC_URL: api,
      COOKIE_DOMAIN: `.${domain}`,
      OIDC_CLIENTS: JSON.stringify(clients),
      OFFLINE_CHUNK_MS: '400',
    }),
  );
  front.route(`api.${domain}`, Number(new URL(backend.url).port));
  for (const [app, host] of Object.entries(apps)) {
    const page = scope.use(await appPage({ title: host, app: app as AppId, api, clientId: null }, sdk));
    front.route(host, page.port);
  }
  for (const [clientId, host] of Object.entries(elsewhere)) {
    const page = scope.use(await appPage({ title: host, app: 'crm', api, clientId }, sdk));
    front.route(host, page.port);
  }
  browser = scope.use(
    await chromium(['--ignore-certificate-errors', '--host-resolver-rules=MAP * 127.0.0.1']),
  );
}, 120_000);
afterAll(() => scope.disposeAsync());

const text = (tab: Tab, id: string) => tab.run<string>(`document.getElementById('${id}')?.textContent ?? ''`);
const click = (tab: Tab, id: string) => tab.run(`document.getElementById('${id}').click()`);
const timeOf = (tab: Tab, id: string) =>
  tab.run<number>(`Number(document.getElementById('${id}').dataset.at ?? 0)`);
const pathOf = (tab: Tab) => tab.run<string>('location.pathname');
const signedIn = `Signed in as ${email}`;
const nobody = 'Nobody is signed in';
const patience = { timeout: 30_000, interval: 20 };

async function keep(tab: Tab, name: string, width?: number): Promise<void> {
  writeFileSync(new URL(`${name}.png`, pictures), await tab.picture(width));
}

async function open(host: string): Promise<Tab> {
  const tab = await browser.tab();
  await tab.open(`${originOf(host)}/`);
  return tab;
}

async function fillIn(tab: Tab, fields: Readonly<Record<string, string>>): Promise<void> {
  // The page before may have been the one that said it was there.
  await expect
    .poll(() => tab.run(`document.querySelector('button[type=submit]') !== null`), patience)
    .toBe(true);
  for (const [name, value] of Object.entries(fields))
    await tab.run(`document.getElementsByName('${name}')[0].value = ${JSON.stringify(value)}`);
  await tab.run(`document.querySelector('button[type=submit]').click()`);
}

/** Somebody signs up on our page, confirms the address and is signed in; then leaves, so that all begins without. */
async function signUp(tab: Tab): Promise<void> {
  const api = originOf(`api.${domain}`);
  await tab.open(`${api}/auth/sign-up`);
  await keep(tab, '01-sign-up', 320);
  await fillIn(tab, { name: 'Robin Example', email, password });
  await expect.poll(() => tab.run<string>('document.title'), patience).toContain('Check your e-mail');
  await tab.open(await backend.server.mailbox.link(email));
  await fillIn(tab, {});
  await expect.poll(() => pathOf(tab), patience).toBe('/auth/account');
  await tab.open(`${api}/auth/sign-out`);
  await fillIn(tab, {});
  await expect.poll(() => pathOf(tab), patience).toBe('/auth/signed-out');
}

test.skipIf(missing !== null)(
  `one sign-in at the hub serves the four siblings and a site elsewhere; one sign-out ends all, streams included${note}`,
  async () => {
    const hub = await browser.tab();
    await signUp(hub);
    await hub.open(`${originOf(domain)}/`);
    await expect.poll(() => text(hub, 'who'), patience).toBe(nobody);
    const sixth = await open(sixthHost);
    await expect.poll(() => text(sixth, 'who'), patience).toBe(nobody);

    const seventh = await open(seventhHost);
    await expect.poll(() => text(seventh, 'who'), patience).toBe(nobody);
    const quietly = () => seventh.requests.filter((url) => url.includes('prompt=none')).length;
    const silently = async (asked: number, who: string) => {
      await click(seventh, 'quiet');
      await expect.poll(() => quietly(), patience).toBe(asked);
      await expect.poll(() => pathOf(seventh).catch(() => ''), patience).toBe('/');
      await expect.poll(() => text(seventh, 'who').catch(() => ''), patience).toBe(who);
    };
    await silently(1, nobody);

    await click(hub, 'in');
    await expect.poll(() => pathOf(hub), patience).toBe('/auth/sign-in');
    await keep(hub, '02-sign-in', 320);
    await fillIn(hub, { email, password });
    await expect.poll(() => text(hub, 'who'), patience).toBe(signedIn);
    await keep(hub, '03-hub');

    const tabs = new Map<string, Tab>();
    for (const app of siblings) tabs.set(app, await open(apps[app]));
    for (const [app, tab] of tabs) {
      await expect.poll(() => text(tab, 'who'), patience).toBe(signedIn);
      await keep(tab, `04-${app}`);
    }

    await click(sixth, 'in');
    await expect.poll(() => text(sixth, 'who').catch(() => ''), patience).toBe(signedIn);
    await keep(sixth, '05-site-elsewhere');
    expect(await sixth.run('document.cookie'), 'no cookie reaches it').toBe('');
    expect(sixth.requests.filter((url) => url.includes('/auth/sign-in'))).toEqual([]);

    await silently(2, signedIn);
    expect(seventh.requests.filter((url) => url.includes('/auth/sign-in'))).toEqual([]);

    const idle = [tabs.get('market'), seventh].filter((tab) => tab !== undefined);
    for (const tab of idle) {
      await click(tab, 'watch');
      await expect.poll(() => text(tab, 'use'), patience).toBe('Watching');
    }

    const streaming = [tabs.get('crm'), sixth].filter((tab) => tab !== undefined);
    for (const tab of streaming) await click(tab, 'ask');
    for (const tab of streaming)
      await expect.poll(() => text(tab, 'answer'), patience).toMatch(/^(?!\w+\.).+/);
    await keep(streaming[0] ?? hub, '06-streaming');

    const repconnect = tabs.get('repconnect') ?? hub;
    await click(repconnect, 'out');
    await expect.poll(() => text(repconnect, 'who'), patience).toBe(nobody);
    await expect.poll(() => timeOf(repconnect, 'out'), patience).toBeGreaterThan(0);
    for (const tab of streaming) {
      await expect.poll(() => text(tab, 'answer'), patience).toMatch(/^auth\.revoked/);
      const lateMs = (await timeOf(tab, 'answer')) - (await timeOf(repconnect, 'out'));
      expect(lateMs, 'from the answer to the sign-out until the stream ends').toBeLessThan(1_000);
      await expect.poll(() => text(tab, 'who'), patience).toBe(nobody);
    }
    await keep(streaming[0] ?? hub, '07-stream-ended');

    for (const tab of idle) {
      await expect.poll(() => text(tab, 'who'), patience).toBe(nobody);
      const lateMs = (await timeOf(tab, 'who')) - (await timeOf(repconnect, 'out'));
      // Its socket is closed within 1 s as the streams are; then it asks who is there now.
      expect(lateMs, 'until an idle page with a socket shows it by itself').toBeLessThan(2_000);
    }

    // The others have no socket; they see it when they are looked at again.
    for (const tab of [hub, ...tabs.values(), sixth, seventh]) {
      await tab.run(`document.dispatchEvent(new Event('visibilitychange'))`);
      await expect.poll(() => text(tab, 'who'), patience).toBe(nobody);
    }
    await keep(hub, '08-hub-signed-out');
    for (const host of [...Object.values(apps), sixthHost, seventhHost]) {
      const fresh = await open(host);
      await expect.poll(() => text(fresh, 'who'), patience).toBe(nobody);
    }
  },
  180_000,
);
