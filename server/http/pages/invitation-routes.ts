import { Hono } from 'hono';
import { statusOf } from '../../core/catalog.ts';
import { Failure } from '../../core/failure.ts';
import { acceptInvitation, getInvitation } from '../../modules/organisations/accept-invitation.ts';
import type { HttpEnv } from '../env.ts';
import { INVITATION_PAGE } from './destination.ts';
import { joinedPage, offerPage, refusedOfferPage, unknownReceiverPage } from './invitation-views.ts';
import type { Page } from './layout.ts';
import type { PagesOptions, Person } from './options.ts';
import type { PageCaller } from './page-call.ts';
import { callerOf, goTo, type PageContext, posted, queryOf, show } from './respond.ts';

/** Where the link of an invitation leads, unless an app has a page for it: what it offers, and the button that takes it. */
export function invitationRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/invitation', (c) =>
    answer(options, c, queryOf(c), async (person, caller, token) =>
      offerPage(await options.run(getInvitation, caller, { token }), person, queryOf(c)),
    ),
  );
  app.post('/invitation', async (c) => {
    const form = await posted(c, options);
    if (form === null) return goTo(c, INVITATION_PAGE);
    return answer(options, c, form.next, async (_person, caller, token) =>
      joinedPage(await options.run(acceptInvitation, caller, { token })),
    );
  });
  return app;
}

/** The page for whoever is signed in, or why their invitation is of no use; who is not is sent to sign in and back. */
async function answer(
  options: PagesOptions,
  c: PageContext,
  next: string,
  page: (person: Person, caller: PageCaller, token: string) => Promise<Page>,
): Promise<Response> {
  const caller = callerOf(c, options);
  const person = await options.person(caller.cookie);
  if (person === null) return show(c, unknownReceiverPage(`${options.origin}${INVITATION_PAGE}?${next}`));
  try {
    return await show(c, await page(person, caller, new URLSearchParams(next).get('token') ?? ''));
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'unauthenticated' || error.kind === 'internal')
      throw error;
    const isUnreadable = error.code === 'request.invalid';
    const text = isUnreadable ? 'This link is not whole. Open it from the message again.' : error.message;
    return show(c, refusedOfferPage(text, person), statusOf(error.code).httpStatus);
  }
}
