import { z } from 'zod';
import { type AppId, appIds } from '../core/apps.ts';
import type { OidcClient } from '../integrations/auth/clients.ts';

const webUrl = z.url({ protocol: /^https?$/ }).refine((url) => !url.includes('#'), 'must have no fragment');

const Client = z.strictObject({
  clientId: z.string().regex(/^[a-z0-9-]{2,64}$/),
  name: z.string().min(1).max(80),
  app: z.enum(appIds).default('global'),
  firstParty: z.boolean().default(false),
  redirectUris: z.array(webUrl).min(1),
  postLogoutRedirectUris: z.array(webUrl).default([]),
  logoutUri: webUrl.nullable().default(null),
  secret: z.string().min(32).nullable().default(null),
});

/** The variable OIDC_CLIENTS: a JSON list of sites. */
export const oidcClients = z
  .string()
  .transform((text, ctx) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      ctx.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.array(Client));

const names: Readonly<Record<AppId, string>> = {
  crm: 'RepSpheres CRM',
  market: 'RepSpheres Market',
  global: 'RepSpheres',
  repconnect: 'RepConnect',
  canvas: 'RepSpheres Canvas',
};

/**
 * The five apps as clients of our own: nobody is asked for consent, and their codes go to `/auth/callback` of the
 * allowed origins. One under the cookie's domain needs none of it; previews and other sites do.
 */
export function firstPartyClients(allowedOrigins: readonly string[]): OidcClient[] {
  return appIds.map((app) => ({
    clientId: app,
    name: names[app],
    app,
    firstParty: true,
    redirectUris: allowedOrigins.map((origin) => `${origin}/auth/callback`),
    postLogoutRedirectUris: allowedOrigins.flatMap((origin) => [origin, `${origin}/`]),
    logoutUri: null,
    secret: null,
  }));
}
