import { html, raw } from 'hono/html';
import type { AppId } from '../../core/apps.ts';
import type { Account } from './account.ts';
import { deviceOf } from './device.ts';
import { field, form, type Html, link, type Page } from './layout.ts';
import { button, passkeyForm, passwordField, whoIsHere } from './views.ts';

/** As people know them. */
const appNames: Readonly<Record<AppId, string>> = {
  crm: 'CRM',
  market: 'Market Data',
  global: 'RepSpheres',
  repconnect: 'RepConnect',
  canvas: 'Canvas',
};

interface Shown {
  readonly fault?: string | null | undefined;
  readonly notice?: string | null | undefined;
  /** Of the browser at the page. */
  readonly userAgent: string | undefined;
}

/** Where a person sees and changes how they sign in and where they are signed in. */
export function accountPage(account: Account, { fault, notice, userAgent }: Shown): Page {
  return {
    title: 'Your account',
    fault,
    notice,
    hasScript: true,
    content: html`${whoIsHere(account.person)}
      ${form('/auth/sign-out', '', [], 'Sign out')}
      <h2>Passkeys</h2>
      ${passkeysPart(account, userAgent)}
      <h2>Authenticator app</h2>
      ${authenticatorPart(account)}
      <h2>Where you are signed in</h2>
      ${sessionsPart(account)}`,
  };
}

function passkeysPart({ passkeys, isFresh }: Account, userAgent: string | undefined): Html {
  const items = passkeys.map(({ id, name, createdAt }) => {
    const shown = name || 'Passkey';
    return html`<li>
      <p><strong>${shown}</strong>${createdAt ? html`, since ${momentOf(createdAt)}` : ''}</p>
      ${button('/auth/account/passkey/remove', { id }, 'Remove', `Remove the passkey ${shown}`)}
    </li>`;
  });
  const name = field({
    name: 'name',
    label: 'What to call it',
    value: deviceOf(userAgent).slice(0, 60),
    autocomplete: 'off',
    maxLength: 60,
  });
  const add = passkeyForm('create', '/auth/account/passkey', html`${name}`, 'Add a passkey');
  return html`<p>Sign in with the finger, face or PIN of your device, without a password.</p>
    ${items.length === 0 ? '' : html`<ul class="items">${items}</ul>`}
    ${
      isFresh
        ? html`${add}<p class="hint" data-without-passkeys>This browser cannot add passkeys.</p>`
        : html`<p>To add one, ${link('/auth/sign-in', 'again=yes', 'sign in again')}: you did so more than a day ago.</p>`
    }`;
}

function authenticatorPart({ hasPassword, hasSecondFactor }: Account): Html {
  if (hasSecondFactor)
    return html`<p>On: with your password or a link, you enter a code of your app.</p>
      <form method="post" action="/auth/account/authenticator/off">
        ${passwordField('Your password')}
        <button type="submit" formaction="/auth/account/authenticator/codes" class="quiet">New backup codes</button>
        <button type="submit" class="quiet">Turn off</button>
      </form>`;
  if (!hasPassword)
    return html`<p>Off. It goes with a password, and you have none: ${link('/auth/forgot', '', 'choose one')} first.</p>`;
  return html`<p>Off. Turned on, a password alone signs nobody in: a code of your app is asked for, too.</p>
    ${form('/auth/account/authenticator', '', [passwordField('Your password')], 'Turn on')}`;
}

function sessionsPart({ sessions }: Account): Html {
  const items = sessions.map(({ id, current, app, ipAddress, userAgent, createdAt }) => {
    const device = deviceOf(userAgent);
    return html`<li>
      <p><strong>${device}</strong>${current ? ' (here)' : ''}</p>
      <p class="meta">${appNames[app as AppId] ?? app}, since ${momentOf(createdAt)}${ipAddress ? html`, from ${ipAddress}` : ''}</p>
      ${current ? '' : button('/auth/account/session/end', { id }, 'Sign out there', `Sign out there: ${device}`)}
    </li>`;
  });
  const others = button('/auth/account/session/end-others', {}, 'Sign out everywhere else');
  return html`<ul class="items">${items}</ul>
    ${sessions.length > 1 ? others : ''}`;
}

/** A setup that is not confirmed yet, as the provider gave it; carried by the form, because it is shown once. */
export interface AuthenticatorSetup {
  /** `otpauth://totp/…` */
  readonly uri: string;
  readonly codes: readonly string[];
}

/** The secret for the app, as a picture and as text, and the field that proves that the app has it. */
export async function authenticatorPage(setup: AuthenticatorSetup, fault?: string): Promise<Page> {
  const { renderSVG } = await import('uqr');
  const secret = new URL(setup.uri).searchParams.get('secret') ?? '';
  const code = field({
    name: 'code',
    label: 'Code',
    autocomplete: 'one-time-code',
    inputMode: 'numeric',
    hint: 'The six digits that the app shows now.',
    isFaulty: Boolean(fault),
  });
  return {
    title: 'Set up your app',
    fault,
    content: html`<p>Scan this with your authenticator app, or open it there:</p>
      <div class="code" role="img" aria-label="QR code of the secret below">${raw(renderSVG(setup.uri, { border: 4 }))}</div>
      <nav><a href="${setup.uri}">Open in an app on this device</a></nav>
      <p>Or enter this secret by hand: <code>${secret.match(/.{1,4}/g)?.join(' ') ?? ''}</code></p>
      <form method="post" action="/auth/account/authenticator/confirm">
        ${code} <input type="hidden" name="uri" value="${setup.uri}" />
        <input type="hidden" name="codes" value="${setup.codes.join(' ')}" />
        <button type="submit">Turn on</button>
      </form>
      <nav>${link('/auth/account', '', 'Not now')}</nav>`,
  };
}

/** Shown this once. */
export function backupCodesPage(codes: readonly string[], notice: string): Page {
  return {
    title: 'Your backup codes',
    notice,
    content: html`<p>Each of these signs you in once in place of your app, should you lose it. Keep them where you keep
      what you must not lose: they are not shown again.</p>
      <ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
      <nav>${link('/auth/account', '', 'I have kept them')}</nav>`,
  };
}

const moments = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});

function momentOf(iso: string): Html {
  return html`<time datetime="${iso}">${moments.format(new Date(iso))} UTC</time>`;
}
