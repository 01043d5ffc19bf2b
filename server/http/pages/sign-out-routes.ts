import { Hono } from 'hono';
import type { HttpEnv } from '../env.ts';
import type { PagesOptions } from './options.ts';
import { goTo, posted, queryOf, show } from './respond.ts';
import { linkFaultPage, signedOutPage, signOutPage } from './views.ts';

/** The way out, and what went wrong on the way in. */
export function signOutRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/error', (c) => show(c, linkFaultPage(c.req.query('error') ?? ''), 400));
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
