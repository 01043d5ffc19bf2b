import type { BetterAuthPlugin } from 'better-auth';
import { createAuthMiddleware } from 'better-auth/api';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { firstFactorPaths } from './acts.ts';

/** A link in a mail is opened by a browser, which wants a page and not JSON. */
function isMailedLink({ path }: { path?: string | undefined }): boolean {
  return path !== '/sign-in/email' && isFirstFactor({ path });
}

function isFirstFactor({ path }: { path?: string | undefined }): boolean {
  return path !== undefined && firstFactorPaths.has(path);
}

/**
 * The second factor, asked for after a password and after a link in a mail; the library alone asks after a password
 * only. A link leads to `codePage`, which goes on to where the link would have led. A passkey holds two factors in
 * itself, and who signs in through Google is left to Google.
 */
export function secondFactor(codePage: string): BetterAuthPlugin[] {
  // No device is trusted with less: a sign-in with a second factor needs its code each time.
  const plugin = twoFactor({ issuer: 'RepSpheres', trustDeviceMaxAge: 0 });
  const after = plugin.hooks.after.map(({ matcher, handler }) => ({
    matcher: (context: Parameters<typeof matcher>[0]) => matcher(context) || isFirstFactor(context),
    handler,
  }));
  const toPage = createAuthMiddleware(async (ctx) => {
    const answer: unknown = ctx.context.returned;
    if (typeof answer !== 'object' || answer === null || !('twoFactorRedirect' in answer)) return;
    const redirect = new URLSearchParams({ redirect: String(ctx.query?.callbackURL ?? '') });
    throw ctx.redirect(`${codePage}?${redirect}`);
  });
  return [
    { ...plugin, hooks: { after } },
    { id: 'second-factor-page', hooks: { after: [{ matcher: isMailedLink, handler: toPage }] } },
  ];
}
