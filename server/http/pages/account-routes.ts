import { Hono } from 'hono';
import type { HttpEnv } from '../env.ts';
import type { PagesOptions } from './options.ts';
import { goTo, posted, queryOf, show } from './respond.ts';
import { faultPage, signedInPage, signedOutPage, signOutPage } from './views.ts';

const linkFaults: Readonly<Record<string, string>> = {
  INVALID_TOKEN: 'This link was used already or is too old. Ask for a new one.',
  EXPIRED_TOKEN: 'This link is too old. Ask for a new one.',
  TOKEN_EXPIRED: 'This link is too old. Ask for a new one.',
  ACCOUNT_SUSPENDED: 'This account is suspended. Write to support.',
  account_not_linked:
    'This Google account belongs to an address that is not confirmed here. Sign in another way first.',
};

/** Who one is here, the way out, and what went wrong on the way in. */
export function accountRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/account', async (c) => {
    const error = c.req.query('error');
    if (error !== undefined) return show(c, faultPage('That did not work', faultText(error)), 400);
    const person = await options.person(c.req.header('cookie'));
    return person === null ? goTo(c, '/auth/sign-in') : show(c, signedInPage(person));
  });
  app.get('/error', (c) =>
    show(c, faultPage('That did not work', faultText(c.req.query('error') ?? '')), 400),
  );
  app.get('/sign-out', (c) => show(c, signOutPage({ next: queryOf(c) })));
  app.post('/sign-out', async (c) => {
    const form = await posted(c, options);
    if (form === null) return goTo(c, '/auth/sign-out');
    await options.signOut(c.req.header('cookie'), c.get('requestId'));
    const back = await options.afterLogout(new URLSearchParams(form.next));
    return goTo(c, back ?? '/auth/signed-out', [options.clearedCookie()]);
  });
  app.get('/signed-out', (c) => show(c, signedOutPage()));
  return app;
}

function faultText(code: string): string {
  return linkFaults[code] ?? 'The sign-in could not be finished. Begin again at the app you came from.';
}
