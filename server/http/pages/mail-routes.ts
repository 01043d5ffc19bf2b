import { Hono } from 'hono';
import { type MailedLink, mailedLinks } from '../auth-paths.ts';
import type { HttpEnv } from '../env.ts';
import { ACCOUNT_PAGE } from './destination.ts';
import type { Page } from './layout.ts';
import type { PagesOptions } from './options.ts';
import { callProvider, faultOf } from './page-call.ts';
import { callerOf, goTo, type PageContext, type Posted, posted, queryOf, show } from './respond.ts';
import { landing, statusOf } from './sign-in-routes.ts';
import {
  confirmPage,
  faultPage,
  forgotPage,
  linkPage,
  mailSentPage,
  resetPage,
  signInPage,
  signUpPage,
} from './views.ts';

/** What one of these forms asks of the provider, and how it is shown again with a fault. */
interface MailForm {
  readonly path: string;
  fields(form: Posted): Record<string, unknown>;
  again(form: Posted, fault: string): Page;
}

/** The pages that end with a link in a mail, and the one that such a link leads to. */
export function mailRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/sign-up', (c) => show(c, signUpPage({ next: queryOf(c) })));
  app.post('/sign-up', (c) =>
    send(options, c, {
      path: '/sign-up/email',
      fields: (form) => ({
        name: form.text('name'),
        email: form.text('email'),
        password: form.password,
        callbackURL: landing(options, form.next),
      }),
      again: (form, fault) =>
        signUpPage({ next: form.next, email: form.text('email'), name: form.text('name'), fault }),
    }),
  );
  app.get('/link', (c) => show(c, linkPage({ next: queryOf(c) })));
  app.post('/link', (c) =>
    send(options, c, {
      path: '/sign-in/magic-link',
      fields: (form) => ({
        email: form.text('email'),
        callbackURL: landing(options, form.next),
        errorCallbackURL: `${options.origin}/auth/error`,
      }),
      again: (form, fault) => linkPage({ next: form.next, email: form.text('email'), fault }),
    }),
  );
  app.get('/forgot', (c) => show(c, forgotPage({ next: queryOf(c) })));
  app.post('/forgot', (c) =>
    send(options, c, {
      path: '/request-password-reset',
      fields: (form) => ({ email: form.text('email'), redirectTo: `${options.origin}/auth/reset` }),
      again: (form, fault) => forgotPage({ next: form.next, email: form.text('email'), fault }),
    }),
  );
  for (const link of ['confirm-sign-in', 'confirm-address'] as const) {
    app.get(`/${link}`, (c) => show(c, confirmPage(link, queryOf(c))));
    app.post(`/${link}`, (c) => openLink(options, c, link));
  }
  app.get('/reset', (c) => {
    const isUsable = new URL(c.req.url).searchParams.has('token');
    if (isUsable) return show(c, resetPage({ next: queryOf(c) }));
    return show(c, faultPage('Choose a new password', 'This link was used already or is too old.'), 400);
  });
  app.post('/reset', (c) => reset(options, c));
  return app;
}

async function send(options: PagesOptions, c: PageContext, mail: MailForm): Promise<Response> {
  const form = await posted(c, options);
  if (form === null) return goTo(c, '/auth/sign-in');
  const answer = await callProvider(options.auth, callerOf(c, options), mail.path, mail.fields(form));
  if (answer.ok) return show(c, mailSentPage(form.text('email')));
  return show(c, mail.again(form, faultOf(answer)), statusOf(answer));
}

/** What the link does is done for whoever pressed the button: a scanner of mail does not, nor does a page that leads somebody here. */
async function openLink(options: PagesOptions, c: PageContext, link: MailedLink): Promise<Response> {
  const form = await posted(c, options);
  if (form === null) return goTo(c, '/auth/sign-in');
  const caller = { ...callerOf(c, options), isConfirmed: true };
  const answer = await callProvider(options.auth, caller, `${mailedLinks[link]}?${form.next}`, null);
  if (answer.location !== null) return goTo(c, answer.location, answer.cookies);
  if (answer.ok) return goTo(c, ACCOUNT_PAGE, answer.cookies);
  return show(c, faultPage('That did not work', faultOf(answer)), statusOf(answer));
}

async function reset(options: PagesOptions, c: PageContext): Promise<Response> {
  const form = await posted(c, options);
  if (form === null) return goTo(c, '/auth/sign-in');
  const fields = {
    newPassword: form.password,
    token: new URLSearchParams(form.next).get('token') ?? '',
  };
  const answer = await callProvider(options.auth, callerOf(c, options), '/reset-password', fields);
  if (!answer.ok) return show(c, resetPage({ next: form.next, fault: faultOf(answer) }), statusOf(answer));
  return show(
    c,
    signInPage({ next: '', google: options.google, notice: 'Your new password is saved. Sign in with it.' }),
  );
}
