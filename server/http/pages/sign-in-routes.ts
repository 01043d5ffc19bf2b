import { Hono } from 'hono';
import type { HttpEnv } from '../env.ts';
import { destinationOf, isFromSite } from './destination.ts';
import type { PagesOptions } from './options.ts';
import { callProvider, faultOf, type PageAnswer } from './page-call.ts';
import { callerOf, goTo, type PageContext, posted, queryOf, show } from './respond.ts';
import { codePage, consentPage, faultPage, signInPage } from './views.ts';

const foreignForm = faultPage('Not from here', 'This form was not sent by a page of ours. Open it again.');

/** Sign in with a password, the second step, Google, and the consent that other sites need. */
export function signInRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const { google } = options;
  app.get('/sign-in', async (c) => {
    const next = queryOf(c);
    // Who comes for a second sign-in, to do what a recent one may, is not led on.
    const isAgain = c.req.query('again') !== undefined;
    const isSignedIn =
      !isAgain && !isFromSite(next) && (await options.person(c.req.header('cookie'))) !== null;
    if (isSignedIn) return goTo(c, destinationOf(next, options.guard));
    return show(c, signInPage({ next, google }));
  });
  app.post('/sign-in', async (c) => {
    const form = await posted(c, options);
    if (form === null) return show(c, foreignForm, 403);
    const { next } = form;
    const email = form.text('email');
    const fields = {
      email,
      password: form.password,
      callbackURL: landing(options, next),
      ...forSite(next),
    };
    const answer = await callProvider(options.auth, callerOf(c, options), '/sign-in/email', fields);
    if (!answer.ok)
      return show(c, signInPage({ next, email, google, fault: faultOf(answer) }), statusOf(answer));
    if (answer.body.twoFactorRedirect === true) return goTo(c, `/auth/code?${next}`, answer.cookies);
    return goTo(c, afterSignIn(options, next, answer), answer.cookies);
  });
  app.post('/passkey', async (c) => {
    const form = await posted(c, options);
    if (form === null) return show(c, foreignForm, 403);
    const { next } = form;
    const fields = { response: form.json('response') };
    const answer = await callProvider(
      options.auth,
      callerOf(c, options),
      '/passkey/verify-authentication',
      fields,
    );
    if (!answer.ok) return show(c, signInPage({ next, google, fault: faultOf(answer) }), statusOf(answer));
    return goTo(c, destinationOf(next, options.guard), answer.cookies);
  });
  app.get('/code', (c) => show(c, codePage({ next: queryOf(c) })));
  app.post('/code', (c) => secondStep(options, c));
  app.post('/google', async (c) => {
    const form = await posted(c, options);
    if (form === null) return show(c, foreignForm, 403);
    const callbackURL = landing(options, form.next);
    const fields = { provider: 'google', callbackURL, errorCallbackURL: `${options.origin}/auth/error` };
    const answer = await callProvider(options.auth, callerOf(c, options), '/sign-in/social', fields);
    const { url } = answer.body;
    if (answer.ok && typeof url === 'string') return goTo(c, url, answer.cookies);
    return show(c, signInPage({ next: form.next, google, fault: faultOf(answer) }), statusOf(answer));
  });
  app.get('/consent', (c) => askConsent(options, c));
  app.post('/consent', async (c) => {
    const form = await posted(c, options);
    if (form === null) return show(c, foreignForm, 403);
    const fields = { accept: form.text('accept') === 'yes', oauth_query: form.next };
    const answer = await callProvider(options.auth, callerOf(c, options), '/oauth2/consent', fields);
    const { url } = answer.body;
    if (answer.ok && typeof url === 'string') return goTo(c, url, answer.cookies);
    return show(c, faultPage('That did not work', faultOf(answer)), statusOf(answer));
  });
  return app;
}

async function secondStep(options: PagesOptions, c: PageContext): Promise<Response> {
  const form = await posted(c, options);
  if (form === null) return show(c, foreignForm, 403);
  const { next } = form;
  const code = form.text('code').replaceAll(/\s/g, '');
  const path = /^\d{6}$/.test(code) ? '/two-factor/verify-totp' : '/two-factor/verify-backup-code';
  const answer = await callProvider(options.auth, callerOf(c, options), path, { code });
  if (!answer.ok) return show(c, codePage({ next, fault: faultOf(answer) }), statusOf(answer));
  return goTo(c, destinationOf(next, options.guard), answer.cookies);
}

async function askConsent(options: PagesOptions, c: PageContext): Promise<Response> {
  const query = new URL(c.req.url).searchParams;
  const site = await options.siteName(query.get('client_id') ?? '');
  if (site === null)
    return show(c, faultPage('Unknown site', 'The site that sent you is not known here.'), 400);
  const scopes = (query.get('scope') ?? 'openid').split(' ').filter(Boolean);
  return show(c, consentPage({ next: queryOf(c), site, scopes }));
}

/** The provider goes on with a site's request itself, when it is handed the query it signed. */
function forSite(next: string): { oauth_query?: string } {
  return isFromSite(next) ? { oauth_query: next } : {};
}

function afterSignIn(options: PagesOptions, next: string, { body }: PageAnswer): string {
  if (isFromSite(next) && typeof body.url === 'string' && body.url !== '') return body.url;
  return destinationOf(next, options.guard);
}

/** As an absolute URL, for links in mail and for the way back from Google. */
export function landing(options: PagesOptions, next: string): string {
  return new URL(destinationOf(next, options.guard), options.origin).href;
}

export function statusOf({ status }: PageAnswer): 400 | 403 | 429 {
  return status === 429 || status === 403 ? status : 400;
}
