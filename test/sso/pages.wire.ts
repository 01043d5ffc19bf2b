import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, chromiumMissingReason, type Tab } from '../sdk/chromium.ts';
import { listeningBackend } from '../sdk/listening-backend.ts';

/** The backend's own pages in real Chromium at 320 px, light and dark; pictures in test/output/pages. */
const missing = chromiumMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;
const pictures = new URL('../output/pages/', import.meta.url);
const scope = new AsyncDisposableStack();
let tab: Tab;
let url = '';

beforeAll(async () => {
  if (missing !== null) return;
  mkdirSync(pictures, { recursive: true });
  const partner = {
    clientId: 'partner',
    name: 'Partner Devices',
    redirectUris: ['https://partner.example.net/in'],
  };
  const google = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };
  const variables = { ...google, OIDC_CLIENTS: JSON.stringify([partner]) };
  const backend = scope.use(await listeningBackend('https://app.example.com', variables));
  url = backend.url;
  tab = await scope.use(await chromium()).tab();
});
afterAll(() => scope.disposeAsync());

/** What people who cannot see, point or read small print would miss: the faults of the page that is open. */
const faults = `(() => {
  const found = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window');
  if (document.documentElement.lang === '' || document.title === '') found.push('no language or title');
  if (all('h1').length !== 1 || all('main').length !== 1) found.push('not one heading and main part');
  for (const input of all('input:not([type=hidden])')) {
    if (input.labels.length !== 1 || input.labels[0].textContent.trim() === '') found.push('no label: ' + input.name);
    if (input.autocomplete === '') found.push('no autocomplete: ' + input.name);
    for (const id of (input.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean))
      if (!document.getElementById(id)) found.push('describes nothing: ' + id);
  }
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color[3] !== 0) return color;
    }
    return [255, 255, 255];
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  for (const element of all('h1, p, label, a, button, li, strong'))
    if (contrast(channels(getComputedStyle(element).color), behind(element)) < 4.5)
      found.push('contrast: ' + element.textContent.trim());
  for (const input of all('input:not([type=hidden])'))
    if (contrast(channels(getComputedStyle(input).borderColor), behind(input.parentElement)) < 3)
      found.push('border: ' + input.name);
  for (const element of all('a, button, input:not([type=hidden])')) {
    const { height, width } = element.getBoundingClientRect();
    if (height < 24 || width < 24) found.push('small: ' + element.textContent + ' ' + height);
    element.focus({ focusVisible: true });
    if (getComputedStyle(element).outlineStyle === 'none') found.push('no focus: ' + element.textContent);
  }
  return found;
})()`;

test.skipIf(missing !== null)(`the check of the pages finds what it looks for${note}`, async () => {
  await tab.picture(320);
  await tab.open(
    'data:text/html,<p style="color:%23999;width:400px">pale</p><input name="a" style="border:1px solid %23ddd">',
  );
  const found = (await tab.run<string[]>(faults)).join();
  for (const fault of [
    'wider',
    'no language',
    'one heading',
    'no label: a',
    'no autocomplete: a',
    'contrast: pale',
    'border: a',
  ])
    expect(found).toContain(fault);
});

const consent = 'consent?client_id=partner&scope=openid%20profile%20email%20offline_access';
const pages = [
  'sign-in',
  'sign-up',
  'link',
  'forgot',
  'reset?token=x',
  'code',
  consent,
  'sign-out',
  'signed-out',
  'error',
];

test.skipIf(missing !== null).each(pages)(
  `the page %s serves people with small screens, keyboards, screen readers and weak eyes${note}`,
  async (page) => {
    await tab.picture(320);
    for (const scheme of ['light', 'dark'] as const) {
      await tab.prefer(scheme);
      await tab.open(`${url}/auth/${page}`);
      expect(await tab.run<string[]>(faults), scheme).toEqual([]);
      const name = page.split('?')[0];
      if (name === 'consent')
        expect(await tab.run('document.body.innerText')).toContain('Partner Devices is not one of ours');
      writeFileSync(new URL(`${name}-${scheme}.png`, pictures), await tab.picture(320));
    }
  },
  60_000,
);

test.skipIf(missing !== null)(
  `a refused sign-in says why, keeps the address and puts the cursor where it is needed${note}`,
  async () => {
    await tab.prefer('light');
    await tab.open(`${url}/auth/sign-in`);
    const fill = `document.getElementById('email').value = 'robin@example.com';
      document.getElementById('password').value = 'not the password';
      document.querySelector('button').click();`;
    await tab.run(fill);
    await expect.poll(() => tab.run<string>('document.title'), { timeout: 15_000 }).toMatch(/^Error: /);
    expect(await tab.run(`document.querySelector('[role=alert]').textContent`)).toMatch(/not right/);
    expect(await tab.run(`document.getElementById('email').value`)).toBe('robin@example.com');
    const described = `document.getElementById('password').getAttribute('aria-describedby')`;
    expect(await tab.run(described)).toBe('fault');
    expect(await tab.run('document.activeElement.id')).toBe('password');
    expect(await tab.run<string[]>(faults)).toEqual([]);
    writeFileSync(new URL('sign-in-refused.png', pictures), await tab.picture(320));
  },
  60_000,
);
