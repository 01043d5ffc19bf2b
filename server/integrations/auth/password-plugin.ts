import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import type { PasswordRule } from './port.ts';

/** Where a person chooses a password, and the field it comes in. */
const choices: Readonly<Record<string, 'password' | 'newPassword'>> = {
  '/sign-up/email': 'password',
  '/reset-password': 'newPassword',
  '/change-password': 'newPassword',
  '/set-password': 'newPassword',
};

/** Refuses to store a password that the rule does not allow; a change of it ends all sessions and opens a new one. */
export function passwordPlugin(rule: PasswordRule): BetterAuthPlugin {
  return {
    id: 'password-rule',
    hooks: {
      before: [
        {
          matcher: ({ path }) => path !== undefined && Object.hasOwn(choices, path),
          handler: createAuthMiddleware(async (ctx) => {
            const body: unknown = ctx.body;
            const field = choices[ctx.path];
            if (field === undefined || typeof body !== 'object' || body === null) return;
            const password: unknown = (body as Record<string, unknown>)[field];
            const fault = typeof password === 'string' ? await rule(password) : null;
            if (fault !== null)
              throw new APIError('BAD_REQUEST', { code: 'PASSWORD_COMPROMISED', message: fault });
            // Who changes a password may fear that another knows the old one; the library leaves it to the caller.
            return ctx.path === '/change-password'
              ? { context: { body: { ...body, revokeOtherSessions: true } } }
              : undefined;
          }),
        },
      ],
    },
  };
}
