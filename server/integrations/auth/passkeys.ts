import { passkey } from '@better-auth/passkey';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import { z } from 'zod';
import type { AuthProviderOptions } from './options.ts';

/** What a person calls a passkey; the bound is our own. */
const Named = z.object({ name: z.string().trim().max(60).optional() });
/** The library calls an answer of a device that it cannot read a fault of its own. */
const Made = Named.extend({
  response: z.object({
    id: z.base64url(),
    rawId: z.base64url(),
    type: z.literal('public-key'),
    response: z.object({ clientDataJSON: z.base64url(), attestationObject: z.base64url() }),
  }),
});
const rules: Readonly<Record<string, z.ZodType>> = {
  '/passkey/verify-registration': Made,
  '/passkey/update-passkey': Named,
};

function refuseUnverified(isVerified: boolean | undefined): void {
  if (isVerified === true) return;
  const message = 'The device did not ask for a PIN, finger or face.';
  throw new APIError('BAD_REQUEST', { code: 'PERSON_NOT_VERIFIED', message });
}

/**
 * Passkeys that hold two factors: the device, and the PIN, finger or face that it asks for. The library alone takes
 * those that ask for nothing, too. They are kept on the device, so that a person need not say first who they are.
 */
export function passkeys(
  options: Pick<AuthProviderOptions, 'passkeyDomain' | 'baseUrl' | 'trustedOrigins'>,
): BetterAuthPlugin[] {
  const { passkeyDomain, baseUrl, trustedOrigins } = options;
  const library = passkey({
    rpName: 'RepSpheres',
    rpID: passkeyDomain,
    origin: [baseUrl, ...trustedOrigins],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    registration: {
      afterVerification: ({ verification }) => refuseUnverified(verification.registrationInfo?.userVerified),
    },
    authentication: {
      afterVerification: ({ verification }) => refuseUnverified(verification.authenticationInfo.userVerified),
    },
  });
  const bounded = createAuthMiddleware(async (ctx) => {
    const issue = rules[ctx.path]?.safeParse(ctx.body).error?.issues[0];
    if (issue === undefined) return;
    const message = `[body.${issue.path.join('.')}] ${issue.message}`;
    throw new APIError('BAD_REQUEST', { code: 'VALIDATION_ERROR', message });
  });
  const asksForPerson = createAuthMiddleware(async (ctx) => {
    const asked: unknown = ctx.context.returned;
    if (typeof asked !== 'object' || asked === null || !('challenge' in asked)) return;
    return ctx.json({ ...asked, userVerification: 'required' });
  });
  return [
    library,
    {
      id: 'passkey-rule',
      hooks: {
        before: [
          { matcher: ({ path }) => path !== undefined && Object.hasOwn(rules, path), handler: bounded },
        ],
        after: [
          {
            matcher: ({ path }) => path === '/passkey/generate-authenticate-options',
            handler: asksForPerson,
          },
        ],
      },
    },
  ];
}
