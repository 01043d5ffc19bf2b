import { html } from 'hono/html';
import { form, link, type Page } from './layout.ts';
import type { Person } from './options.ts';
import { whoIsHere } from './views.ts';

interface Offer {
  readonly organisationName: string;
  readonly role: string;
}

/** For somebody who is not signed in; says nothing of the invitation, which may be somebody else's. */
export function unknownReceiverPage(here: string): Page {
  const back = new URLSearchParams({ redirect: here }).toString();
  return {
    title: 'You are invited',
    content: html`<p>Sign in with the address that the invitation was sent to. You are led back here then.</p>
      <nav aria-label="Ways in">
        ${link('/auth/sign-in', back, 'Sign in')} ${link('/auth/sign-up', back, 'Create an account')}
      </nav>`,
  };
}

export function offerPage({ organisationName, role }: Offer, person: Person, next: string): Page {
  return {
    title: `Join ${organisationName}`,
    content: html`<p>You are invited to <strong>${organisationName}</strong> as <strong>${role}</strong>.</p>
      ${whoIsHere(person)} ${form('/auth/invitation', next, [], 'Accept')}
      <p class="meta">You do not want to? Close this page: nothing happens without you.</p>`,
  };
}

export function joinedPage({ name, role }: { readonly name: string; readonly role: string }): Page {
  return {
    title: `You are in ${name}`,
    notice: `You have joined as ${role}.`,
    content: html`<p>Choose <strong>${name}</strong> as your organisation in any of the apps to work in it.</p>
      <nav>${link('/auth/account', '', 'Your account')}</nav>`,
  };
}

export function refusedOfferPage(fault: string, person: Person): Page {
  return {
    title: 'Your invitation',
    fault,
    content: html`${whoIsHere(person)}
      <p>It was sent to another address of yours? Sign out, and open the link again.</p>
      ${form('/auth/sign-out', '', [], 'Sign out')}
      <nav>${link('/auth/account', '', 'Your account')}</nav>`,
  };
}
