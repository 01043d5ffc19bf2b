import { Hono } from 'hono';
import type { HttpEnv } from '../env.ts';
import { accountRoutes } from './account-routes.ts';
import { asksForElsewhere } from './destination.ts';
import { mailRoutes } from './mail-routes.ts';
import type { PagesOptions } from './options.ts';
import { pageHeaders, show } from './respond.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { style } from './style.ts';
import { faultPage } from './views.ts';

/** The pages of the sign-in, at `/auth`: plain forms that work without scripts. */
export function pageRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const headers = pageHeaders(options);
  app.get('/style.css', (c) =>
    c.body(style, 200, {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=3600',
    }),
  );
  app.use(async (c, next) => {
    const elsewhere = asksForElsewhere(new URL(c.req.url).searchParams, options.guard);
    if (elsewhere)
      c.res = await show(c, faultPage('Wrong address', 'The page to return to is not one of ours.'), 400);
    else await next();
    c.set('pageHeaders', headers);
  });
  app.route('/', signInRoutes(options));
  app.route('/', mailRoutes(options));
  app.route('/', accountRoutes(options));
  return app;
}
