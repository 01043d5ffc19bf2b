import { z } from 'zod';
import { idPattern } from '../../core/ids.ts';
import { PageInput } from '../../core/page.ts';
import { keyScopes } from '../identity/role-scopes.ts';

export const CreateApiKeyInput = z.object({
  name: z.string().trim().min(1).max(80),
  scopes: z
    .array(z.enum(keyScopes))
    .min(1)
    .max(keyScopes.length)
    .describe('At most those you have yourself.'),
  expiresInDays: z.int().min(1).max(365).default(90),
});

export const ApiKeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdBy: z.string().describe('User id; the key acts for this member and ends with the membership.'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().describe('To the minute.'),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyView = z.output<typeof ApiKeyView>;

export const ApiKeyCreated = z
  .object({
    key: z.string().describe('The key itself: shown this once, stored nowhere. Send it as a bearer token.'),
    apiKey: ApiKeyView,
  })
  .meta({ id: 'ApiKeyCreated' });

export const ListApiKeysInput = PageInput.prefault({});
export const ApiKeyPage = z
  .object({ items: z.array(ApiKeyView), nextCursor: z.string().nullable() })
  .meta({ id: 'ApiKeyPage' });

export const RevokeApiKeyInput = z.object({
  id: z.string().regex(idPattern('apiKey'), 'must be the id of an API key'),
});
export const ApiKeyRevoked = z
  .object({ id: z.string(), revoked: z.literal(true) })
  .meta({ id: 'ApiKeyRevoked' });
