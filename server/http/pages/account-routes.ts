import { Hono } from 'hono';
import { z } from 'zod';
import { Failure } from '../../core/failure.ts';
import { revokeOtherSessions, revokeSession } from '../../modules/identity/own-session-operations.ts';
import type { HttpEnv } from '../env.ts';
import { accountOf } from './account.ts';
import { type AuthenticatorSetup, accountPage, authenticatorPage, backupCodesPage } from './account-views.ts';
import { ACCOUNT_PAGE } from './destination.ts';
import type { PagesOptions } from './options.ts';
import { callProvider, contentOf, faultOf, type PageAnswer } from './page-call.ts';
import { callerOf, goTo, type PageContext, type Posted, posted, show } from './respond.ts';
import { statusOf } from './sign-in-routes.ts';
import { linkFaultPage } from './views.ts';

const notices: Readonly<Record<string, string>> = {
  'passkey-added': 'Your passkey is saved. You can sign in with it from now on.',
  'passkey-removed': 'The passkey is removed: nobody signs in with it any more.',
  'authenticator-off': 'Codes of your app are no longer asked for.',
  'session-ended': 'It is signed out there.',
  'others-ended': 'You are signed out everywhere else.',
};

const Codes = z.object({ backupCodes: z.array(z.string()) });
const Setup = Codes.extend({ totpURI: z.string() });

/** How a person signs in, and where they are signed in. */
export function accountRoutes(options: PagesOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/account', (c) => {
    const error = c.req.query('error');
    if (error !== undefined) return show(c, linkFaultPage(error), 400);
    return account(options, c, { notice: notices[c.req.query('done') ?? ''] });
  });
  const act = (path: string, work: (c: PageContext, form: Posted) => Promise<Response>) =>
    app.post(`/account/${path}`, async (c) => {
      const form = await posted(c, options);
      return form === null ? goTo(c, ACCOUNT_PAGE) : work(c, form);
    });
  const call = (c: PageContext, path: string, fields: Record<string, unknown>) =>
    callProvider(options.auth, callerOf(c, options), path, fields);
  const refused = (c: PageContext, answer: PageAnswer) =>
    account(options, c, { fault: faultOf(answer) }, statusOf(answer));
  const done = (c: PageContext, answer: PageAnswer, what: string) =>
    answer.ok ? goTo(c, `${ACCOUNT_PAGE}?done=${what}`, answer.cookies) : refused(c, answer);

  act('passkey', async (c, form) => {
    const fields = { name: form.text('name'), response: form.json('response') };
    return done(c, await call(c, '/passkey/verify-registration', fields), 'passkey-added');
  });
  act('passkey/remove', async (c, form) =>
    done(c, await call(c, '/passkey/delete-passkey', { id: form.text('id') }), 'passkey-removed'),
  );
  act('authenticator', async (c, { password }) => {
    const answer = await call(c, '/two-factor/enable', { password });
    if (!answer.ok) return refused(c, answer);
    const { totpURI: uri, backupCodes: codes } = contentOf(answer, Setup);
    return show(c, await authenticatorPage({ uri, codes }));
  });
  act('authenticator/confirm', async (c, form) => {
    const setup = setupOf(form);
    if (setup === null) return goTo(c, ACCOUNT_PAGE);
    const answer = await call(c, '/two-factor/verify-totp', {
      code: form.text('code').replaceAll(/\s/g, ''),
    });
    if (!answer.ok) return show(c, await authenticatorPage(setup, faultOf(answer)), statusOf(answer));
    for (const line of answer.cookies) c.header('set-cookie', line, { append: true });
    return show(c, backupCodesPage(setup.codes, 'From now on a code of your app is asked for.'));
  });
  act('authenticator/off', async (c, { password }) =>
    done(c, await call(c, '/two-factor/disable', { password }), 'authenticator-off'),
  );
  act('authenticator/codes', async (c, { password }) => {
    const answer = await call(c, '/two-factor/generate-backup-codes', { password });
    if (!answer.ok) return refused(c, answer);
    const { backupCodes } = contentOf(answer, Codes);
    return show(c, backupCodesPage(backupCodes, 'These are your new codes. The old ones no longer work.'));
  });
  act('session/end', async (c, form) => {
    try {
      await options.run(revokeSession, callerOf(c, options), { sessionId: form.text('id') });
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'not-found') throw error;
      return account(options, c, { fault: 'This sign-in has ended already.' }, 404);
    }
    return goTo(c, `${ACCOUNT_PAGE}?done=session-ended`);
  });
  act('session/end-others', async (c) => {
    await options.run(revokeOtherSessions, callerOf(c, options), {});
    return goTo(c, `${ACCOUNT_PAGE}?done=others-ended`);
  });
  return app;
}

async function account(
  options: PagesOptions,
  c: PageContext,
  said: { readonly fault?: string; readonly notice?: string | undefined },
  status = 200,
): Promise<Response> {
  const caller = callerOf(c, options);
  const found = await accountOf(options, caller);
  if (found === null) return goTo(c, '/auth/sign-in');
  return show(c, accountPage(found, { ...said, userAgent: caller.userAgent }), status);
}

/** The setup that a form carries; null for what no page of ours has put there. */
function setupOf(form: Posted): AuthenticatorSetup | null {
  const [uri, codes] = [form.text('uri'), form.text('codes').split(' ')];
  const isOurs =
    /^otpauth:\/\/totp\/\S+$/.test(uri) &&
    URL.canParse(uri) &&
    codes.every((code) => /^[\w-]{1,20}$/.test(code));
  return isOurs ? { uri, codes } : null;
}
