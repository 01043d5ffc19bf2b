import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, chromiumMissingReason, type Tab } from '../sdk/chromium.ts';
import { type ListeningBackend, listeningBackend } from '../sdk/listening-backend.ts';
import { password } from '../support/signed-up.ts';
import { totp } from '../support/totp.ts';

/** The backend's own pages in real Chromium at 320 px, light and dark; pictures in test/output/pages. */
const missing = chromiumMissingReason();
const note = missing === null ? '' : ` (skipped: ${missing})`;
const pictures = new URL('../output/pages/', import.meta.url);
const scope = new AsyncDisposableStack();
let backend: ListeningBackend;
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
  backend = scope.use(await listeningBackend('https://app.example.com', variables));
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
  for (const element of all('h1, h2, p, label, a, button, li, strong'))
    if (contrast(channels(getComputedStyle(element).color), behind(element)) < 4.5)
      found.push('contrast: ' + element.textContent.trim());
  for (const input of all('input:not([type=hidden])'))
    if (contrast(channels(getComputedStyle(input).borderColor), behind(input.parentElement)) < 3)
      found.push('border: ' + input.name);
  for (const element of all('a, button, input:not([type=hidden])').filter((one) => one.checkVisibility())) {
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
  'confirm-sign-in?token=x',
  'confirm-address?token=x',
  'forgot',
  'reset?token=x',
  'code',
  consent,
  'sign-out',
  'signed-out',
  'invitation?token=x',
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

const patience = { timeout: 15_000, interval: 20 };
const shown = () => tab.run<string>('document.body.innerText').catch(() => '');
/** Clicks as soon as the button is there; the answer comes before the page goes. */
const press = (text: string) =>
  expect
    .poll(
      () =>
        tab
          .run<boolean>(
            `((one) => { if (one) setTimeout(() => one.click()); return one !== undefined; })(
              [...document.querySelectorAll('button')].find((one) => one.innerText === ${JSON.stringify(text)}))`,
          )
          .catch(() => false),
      patience,
    )
    .toBe(true);
const enter = (name: string, value: string) =>
  expect
    .poll(
      () =>
        tab
          .run<boolean>(
            `((one) => { if (one) one.value = ${JSON.stringify(value)}; return one !== undefined; })(
              document.getElementsByName('${name}')[0])`,
          )
          .catch(() => false),
      patience,
    )
    .toBe(true);

/** Makes an account by the pages, and ends at its page. */
async function signUp(name: string, email: string): Promise<void> {
  await tab.open(`${url}/auth/sign-up`);
  for (const [field, value] of Object.entries({ name, email, password })) await enter(field, value);
  await press('Create account');
  await expect.poll(shown, patience).toContain('Check your e-mail');
  await tab.open(await backend.server.mailbox.link(email));
  await press('Confirm and sign in');
  await expect.poll(() => tab.run('location.pathname'), patience).toBe('/auth/account');
}

/** The page that is open, looked at as the others are, with a picture of all of it. */
async function look(name: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await tab.prefer(scheme);
    await tab.picture(320);
    expect(await tab.run<string[]>(faults), `${name} ${scheme}`).toEqual([]);
    const height = await tab.run<number>('document.documentElement.scrollHeight');
    writeFileSync(new URL(`${name}-${scheme}.png`, pictures), await tab.picture(320, height));
  }
}

test.skipIf(missing !== null)(
  `by the pages alone a person adds a passkey, signs in with it, removes it, and is refused with it then${note}`,
  async () => {
    const email = 'robin@example.com';
    await tab.picture(320);
    await tab.addAuthenticator();
    await signUp('Robin Example', email);
    await look('account');
    await enter('name', 'Work laptop');
    await press('Add a passkey');
    await expect.poll(shown, patience).toContain('Your passkey is saved');
    expect(await shown()).toContain('Work laptop');
    await look('account-passkey');
    await press('Add a passkey');
    await expect.poll(shown, patience).toContain('has a passkey of this account already');

    const signInByPasskey = async () => {
      await tab.open(`${url}/auth/sign-out`);
      await press('Sign out');
      await expect.poll(shown, patience).toContain('You are signed out');
      await tab.open(`${url}/auth/sign-in`);
      await press('Sign in with a passkey');
    };
    await signInByPasskey();
    await expect.poll(shown, patience).toContain(`Signed in as Robin Example (${email})`);
    await press('Remove');
    await expect.poll(shown, patience).toContain('The passkey is removed');
    await signInByPasskey();
    await expect.poll(shown, patience).toContain('This passkey is not known here');
    expect(await tab.run('location.pathname')).toBe('/auth/passkey');
    await look('sign-in-passkey-refused');
  },
  60_000,
);

test.skipIf(missing !== null)(
  `by the pages alone a person turns an authenticator app on, sees the backup codes once, and turns it off${note}`,
  async () => {
    const email = 'sam@example.com';
    await signUp('Sam Example', email);
    await enter('password', 'not the password');
    await press('Turn on');
    await expect.poll(shown, patience).toContain('The password is not right.');
    await enter('password', password);
    await press('Turn on');
    await expect.poll(shown, patience).toContain('Set up your app');
    await look('authenticator');
    await enter('code', '000000');
    await press('Turn on');
    await expect.poll(shown, patience).toContain('This code is not right');
    const uri = await tab.run<string>(`document.querySelector('a[href^=otpauth]').href`);
    await enter('code', totp(uri));
    await press('Turn on');
    await expect.poll(shown, patience).toContain('Your backup codes');
    await look('backup-codes');
    await tab.open(`${url}/auth/account`);
    await look('account-authenticator');
    await enter('password', password);
    await press('Turn off');
    await expect.poll(shown, patience).toContain('no longer asked for');
  },
  60_000,
);
