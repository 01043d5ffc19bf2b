import {
  countLiveApiKeys,
  insertApiKey,
  listApiKeys as listRows,
  revokeApiKey as revokeRow,
  type StoredApiKey,
} from '../../../db/queries/api-keys.ts';
import { notifyPrincipalChange } from '../../../db/queries/identity.ts';
import { memberOf } from '../../core/authorise.ts';
import { Failure } from '../../core/failure.ts';
import { newId } from '../../core/ids.ts';
import { operation, unscopedOperation } from '../../core/operation.ts';
import { instantCursor, pageOf } from '../../core/page.ts';
import { makeApiKey } from '../identity/api-key-tokens.ts';
import {
  ApiKeyCreated,
  ApiKeyPage,
  ApiKeyRevoked,
  type ApiKeyView,
  CreateApiKeyInput,
  ListApiKeysInput,
  RevokeApiKeyInput,
} from './api-keys.contract.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Keys of one organisation that work at a time; our own figure. */
const MAX_LIVE_KEYS = 50;

/**
 * Makes a key with some of the caller's rights. An idempotency key has no effect here: a stored answer would hold the
 * secret, so a repetition makes another key.
 */
export const createApiKey = unscopedOperation(
  {
    name: 'apiKeys.create',
    summary: 'Makes an API key; it is shown this once.',
    kind: 'mutation',
    needs: 'key:write',
    feature: 'apiAccess',
    input: CreateApiKeyInput,
    output: ApiKeyCreated,
  },
  async (call, input) => {
    const member = memberOf(call.actor);
    if (input.scopes.some((scope) => !member.scopes.has(scope))) throw new Failure('api-key.scope-refused');
    const id = newId('apiKey');
    const { token, secretHash } = makeApiKey(id);
    const row = await call.inScope('write', async (scoped) => {
      if ((await countLiveApiKeys(scoped.scope)) >= MAX_LIVE_KEYS) throw new Failure('api-key.too-many');
      scoped.audit(id, { scopes: input.scopes, expiresInDays: input.expiresInDays });
      return insertApiKey(scoped.scope, {
        id,
        name: input.name,
        createdBy: member.userId,
        secretHash,
        scopes: [...new Set(input.scopes)],
        expiresAt: new Date(call.ports.clock.now() + input.expiresInDays * DAY_MS),
      });
    });
    return { key: token, apiKey: toApiKeyView(row) };
  },
);

/** The organisation's keys without their secrets, latest first. */
export const listApiKeys = operation(
  {
    name: 'apiKeys.list',
    summary: 'The API keys of your organisation, latest first.',
    kind: 'query',
    needs: 'key:read',
    input: ListApiKeysInput,
    output: ApiKeyPage,
  },
  async (call, input) => {
    const rows = await listRows(call.scope, { cursor: instantCursor(input.cursor), limit: input.limit + 1 });
    const page = pageOf(rows, input.limit, (row) => [row.createdAt.toISOString(), row.id]);
    return { ...page, items: page.items.map(toApiKeyView) };
  },
);

/** Ends a key, on every process within 1 s; its open sockets close. */
export const revokeApiKey = operation(
  {
    name: 'apiKeys.revoke',
    summary: 'Ends an API key at once.',
    kind: 'mutation',
    needs: 'key:write',
    input: RevokeApiKeyInput,
    output: ApiKeyRevoked,
  },
  async (call, { id }) => {
    if (!(await revokeRow(call.scope, id))) throw new Failure('api-key.not-found');
    await notifyPrincipalChange(call.scope, JSON.stringify({ kind: 'revoked', keyId: id }));
    call.audit(id);
    return { id, revoked: true as const };
  },
);

function toApiKeyView(row: StoredApiKey): ApiKeyView {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
