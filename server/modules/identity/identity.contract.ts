import { z } from 'zod';
import { roles, scopes } from '../../core/actor.ts';
import { appIds } from '../../core/apps.ts';
import { tiers } from '../../core/tiers.ts';

export const Empty = z.object({}).optional();

export const AccessTokenView = z
  .object({
    accessToken: z.string().describe('Bearer for HTTP and for the socket handshake; lives 10 minutes.'),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'AccessToken' });

export const StartGuestInput = z.object({ app: z.enum(appIds).optional() }).optional();
export const SignInForDevelopmentInput = z.object({
  email: z.email().max(200),
  app: z.enum(appIds).optional(),
});

export const SessionView = z
  .object({
    kind: z.enum(['guest', 'member', 'api-key']),
    sessionId: z.string().nullable().describe('Null for an API key, which has no session.'),
    user: z.object({ id: z.string(), email: z.string().nullable(), displayName: z.string() }),
    organisation: z.object({ id: z.string(), name: z.string(), role: z.enum(roles).nullable() }),
    tier: z.enum(tiers),
    app: z.enum(appIds),
    scopes: z.array(z.enum(scopes)),
    impersonation: z
      .object({ byUserId: z.string() })
      .nullable()
      .describe('Show a banner: one of our staff acts as this member, and everything is on record.'),
    expiresAt: z.iso.datetime().describe('When the access token of this call ends.'),
  })
  .meta({ id: 'Session' });

export const SignedOut = z.object({ signedOut: z.literal(true) }).meta({ id: 'SignedOut' });
