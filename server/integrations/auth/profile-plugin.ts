import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import { z } from 'zod';

/** What a person says of themselves; the bounds are those of an organisation's name, and of a URL in common clients. */
const Profile = z.object({
  name: z.string().trim().min(1).max(120).optional(),
  image: z.httpUrl().max(2_048).nullish(),
});

/** Bounds the name and picture that a person gives; the library takes any text. */
export function profilePlugin(): BetterAuthPlugin {
  return {
    id: 'profile-rule',
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === '/sign-up/email' || path === '/update-user',
          handler: createAuthMiddleware(async (ctx) => {
            const issue = Profile.safeParse(ctx.body).error?.issues[0];
            if (issue === undefined) return;
            const message = `[body.${issue.path.join('.')}] ${issue.message}`;
            throw new APIError('BAD_REQUEST', { code: 'VALIDATION_ERROR', message });
          }),
        },
      ],
    },
  };
}
