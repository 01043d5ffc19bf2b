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
    user: z.object({
      id: z.string(),
      email: z.string().nullable(),
      emailVerified: z.boolean(),
      displayName: z.string(),
      avatarUrl: z.string().nullable(),
    }),
    organisation: z.object({ id: z.string(), name: z.string(), role: z.enum(roles).nullable() }),
    tier: z.enum(tiers),
    app: z.enum(appIds),
    scopes: z.array(z.enum(scopes)),
    impersonation: z
      .object({ byUserId: z.string() })
      .nullable()
      .describe('Show a banner: one of our staff acts as this member, and everything is on record.'),
    expiresAt: z.iso
      .datetime()
      .describe('When the proof of this call ends: the access token, or the session of a cookie.'),
  })
  .meta({ id: 'Session' });

export const SignedOut = z.object({ signedOut: z.literal(true) }).meta({ id: 'SignedOut' });

export const OwnSessionView = z
  .object({
    id: z.string(),
    current: z.boolean().describe('Whether it is the one that calls.'),
    app: z.string().describe('Where it was opened.'),
    ipAddress: z.string().nullable(),
    userAgent: z.string().nullable(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'OwnSession' });

export const OwnSessionList = z.object({ items: z.array(OwnSessionView) }).meta({ id: 'OwnSessionList' });
export const RevokeSessionInput = z.object({ sessionId: z.string().max(64) });
export const SessionsRevoked = z.object({ revoked: z.int() }).meta({ id: 'SessionsRevoked' });
