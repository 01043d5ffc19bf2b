import { html } from 'hono/html';
import type { MailedLink } from '../auth-paths.ts';
import { field, form, type Html, link, type Page } from './layout.ts';
import type { Person } from './options.ts';

interface Asked {
  /** The query the person came with: where they are going. */
  readonly next: string;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly fault?: string | null | undefined;
  readonly notice?: string | null | undefined;
}

const emailField = (value = '', isFaulty = false) =>
  field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username', value, isFaulty });
const newPassword = (isFaulty = false) =>
  field({
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 8 characters. A few words are better than one with signs.',
    minLength: 8,
    isFaulty,
  });

/** Who is signed in. */
export function whoIsHere({ displayName, email }: Person): Html {
  return html`<p>Signed in as <strong>${displayName}</strong>${email === null ? '' : html` (${email})`}.</p>`;
}

/** A password that the person has. */
export const passwordField = (label = 'Password', isFaulty = false) =>
  field({ name: 'password', label, type: 'password', autocomplete: 'current-password', isFaulty });

/** A button that does one thing to what `fields` name; `spoken` tells it from its like on the page. */
export function button(
  action: string,
  fields: Readonly<Record<string, string>>,
  text: string,
  spoken = text,
): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`<form method="post" action="${action}">
    ${hidden} <button type="submit" class="quiet" aria-label="${spoken}">${text}</button>
  </form>`;
}

/** A form that the script of passkeys shows where the browser knows them, and fills in. */
export function passkeyForm(ceremony: 'create' | 'get', action: string, fields: Html, submit: string): Html {
  return html`<form method="post" action="${action}" data-passkey="${ceremony}" hidden>
    ${fields} <input type="hidden" name="response" value="" />
    <p class="fault" role="alert"></p>
    <button type="submit" class="quiet">${submit}</button>
  </form>`;
}

export function signInPage(asked: Asked & { readonly google: boolean }): Page {
  const { next, email, fault, notice, google } = asked;
  const password = passwordField('Password', Boolean(fault));
  const nextField = html`<input type="hidden" name="next" value="${next}" />`;
  const withGoogle: Html = html`<form method="post" action="/auth/google">
    ${nextField} <button type="submit" class="quiet">Sign in with Google</button>
  </form>`;
  return {
    title: 'Sign in',
    fault,
    notice,
    hasScript: true,
    content: html`${form('/auth/sign-in', next, [emailField(email), password], 'Sign in')}
      ${passkeyForm('get', '/auth/passkey', nextField, 'Sign in with a passkey')}
      ${google ? withGoogle : ''}
      <nav aria-label="Other ways">
        ${link('/auth/link', next, 'Send me a sign-in link')} ${link('/auth/forgot', next, 'Forgot your password?')}
        ${link('/auth/sign-up', next, 'Create an account')}
      </nav>`,
  };
}

export function signUpPage({ next, email, name, fault }: Asked): Page {
  const fields = [
    field({ name: 'name', label: 'Your name', autocomplete: 'name', value: name ?? '' }),
    emailField(email),
    newPassword(),
  ];
  return {
    title: 'Create an account',
    fault,
    content: html`${form('/auth/sign-up', next, fields, 'Create account')}
      <nav aria-label="Other ways">${link('/auth/sign-in', next, 'I have an account')}</nav>`,
  };
}

export function linkPage({ next, email, fault }: Asked): Page {
  return {
    title: 'Sign in by e-mail',
    fault,
    content: html`<p>We send you a link that signs you in. It works once, for 15 minutes.</p>
      ${form('/auth/link', next, [emailField(email, Boolean(fault))], 'Send the link')}
      <nav aria-label="Other ways">${link('/auth/sign-in', next, 'Sign in with a password')}</nav>`,
  };
}

export function forgotPage({ next, email, fault }: Asked): Page {
  return {
    title: 'Choose a new password',
    fault,
    content: html`<p>We send you a link to choose a new password. It works once, for an hour.</p>
      ${form('/auth/forgot', next, [emailField(email, Boolean(fault))], 'Send the link')}
      <nav aria-label="Other ways">${link('/auth/sign-in', next, 'Back to sign in')}</nav>`,
  };
}

export function resetPage({ next, fault }: Asked): Page {
  return {
    title: 'Choose a new password',
    fault,
    content: html`<p>You will be signed out everywhere, and sign in with the new password.</p>
      ${form('/auth/reset', next, [newPassword(Boolean(fault))], 'Save password')}`,
  };
}

export function codePage({ next, fault }: Asked): Page {
  const code = field({
    name: 'code',
    label: 'Code',
    autocomplete: 'one-time-code',
    hint: 'Six digits from your authenticator app, or one of your backup codes.',
    isFaulty: Boolean(fault),
  });
  return { title: 'Enter your code', fault, content: form('/auth/code', next, [code], 'Continue') };
}

/** Says the same whether or not there is an account: who has the mailbox learns, nobody else. */
export function mailSentPage(email: string): Page {
  return {
    title: 'Check your e-mail',
    content: html`<p>If <strong>${email}</strong> can be used here, a message with a link is on its way.</p>
      <p class="meta">Nothing there after some minutes? Look into the spam folder, then ask for another one.</p>`,
  };
}

/** What stands before the link of a mail does anything. */
export function confirmPage(link: MailedLink, next: string): Page {
  const isAddress = link === 'confirm-address';
  return {
    title: isAddress ? 'Confirm your address' : 'Sign in',
    content: html`<p>${isAddress ? 'This confirms your e-mail address and signs you in' : 'This signs you in'} in this browser.</p>
      <p class="meta">Did you not ask for it? Then close this page: nothing happens.</p>
      ${form(`/auth/${link}`, next, [], isAddress ? 'Confirm and sign in' : 'Sign in')}`,
  };
}

const scopeTexts: Readonly<Record<string, string>> = {
  openid: 'know that it is you',
  profile: 'see your name and picture',
  email: 'see your e-mail address',
  offline_access: 'stay signed in until you sign out',
};

export function consentPage(asked: {
  next: string;
  site: string;
  scopes: readonly string[];
  fault?: string;
}): Page {
  const wishes = asked.scopes.map((scope) => html`<li>${scopeTexts[scope] ?? scope}</li>`);
  return {
    title: `Sign in to ${asked.site}`,
    fault: asked.fault,
    content: html`<p><strong>${asked.site}</strong> is not one of ours. It wants to:</p>
      <ul>
        ${wishes}
      </ul>
      <form method="post" action="/auth/consent">
        <input type="hidden" name="next" value="${asked.next}" />
        <button type="submit" name="accept" value="yes">Allow</button>
        <button type="submit" name="accept" value="no" class="quiet">Do not allow</button>
      </form>`,
  };
}

export function signOutPage({ next }: Asked): Page {
  return {
    title: 'Sign out?',
    content: html`<p>You will be signed out of all RepSpheres apps in this browser.</p>
      ${form('/auth/sign-out', next, [], 'Sign out')}`,
  };
}

export function signedOutPage(): Page {
  return {
    title: 'You are signed out',
    content: html`<p>You are signed out of all RepSpheres apps in this browser.</p>
      <nav>${link('/auth/sign-in', '', 'Sign in again')}</nav>`,
  };
}

export function faultPage(title: string, text: string): Page {
  return { title, fault: text, content: html`<nav>${link('/auth/sign-in', '', 'Go to sign in')}</nav>` };
}

const linkFaults: Readonly<Record<string, string>> = {
  INVALID_TOKEN: 'This link was used already or is too old. Ask for a new one.',
  EXPIRED_TOKEN: 'This link is too old. Ask for a new one.',
  TOKEN_EXPIRED: 'This link is too old. Ask for a new one.',
  ACCOUNT_SUSPENDED: 'This account is suspended. Write to support.',
  access_denied: 'You did not sign in at Google. Try again, or sign in another way.',
  address_not_proved: 'Google has not confirmed that this address is yours. Create an account with it here.',
  google_unreachable: 'Google does not answer. Try again, or sign in another way.',
  account_not_linked:
    'This Google account belongs to an address that is not confirmed here. Sign in another way first.',
};

/** Where a link in a mail and the way back from Google end when they fail. */
export function linkFaultPage(code: string): Page {
  const text = linkFaults[code] ?? 'The sign-in could not be finished. Begin again at the app you came from.';
  return faultPage('That did not work', text);
}
