import { Hono } from 'hono';
import { statusOf } from '../../core/catalog.ts';
import { toFailure } from '../../core/failure.ts';
import type { HttpEnv } from '../env.ts';
import { accountRoutes } from './account-routes.ts';
import { asksForElsewhere } from './destination.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { mailRoutes } from './mail-routes.ts';
import type { PagesOptions } from './options.ts';
import { passkeyScript } from './passkey-script.ts';
import { goTo, pageHeaders, show } from './respond.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { signOutRoutes } from './sign-out-routes.ts';
import { style } from './style.ts';
import { faultPage } from './views.ts';

/** The pages of the sign-in, at `/auth`: plain forms that work without scripts, but for passkeys. */
export function pageRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const headers = pageHeaders(options);
  app.get('/style.css', (c) =>
    c.body(style, 200, {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=3600',
    }),
  );
  app.get('/passkey.js', (c) =>
    c.body(passkeyScript, 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
    }),
  );
  app.onError((error, c) => {
    const failure = toFailure(error);
    if (failure.kind === 'unauthenticated') return goTo(c, '/auth/sign-in');
    const requestId = c.get('requestId');
    if (failure.kind === 'internal') options.auth.logger.error({ err: error, requestId }, 'page failed');
    return show(c, faultPage('That did not work', failure.message), statusOf(failure.code).httpStatus);
  });
  app.use(async (c, next) => {
    c.set('pageHeaders', headers);
    const elsewhere = asksForElsewhere(new URL(c.req.url).searchParams, options.guard);
    if (elsewhere)
      c.res = await show(c, faultPage('Wrong address', 'The page to return to is not one of ours.'), 400);
    else await next();
  });
  app.route('/', signInRoutes(options));
  app.route('/', mailRoutes(options));
  app.route('/', signOutRoutes(options));
  app.route('/', accountRoutes(options));
  app.route('/', invitationRoutes(options));
  app.all('*', (c) => show(c, faultPage('Not here', 'There is no such page.'), 404));
  return app;
}
