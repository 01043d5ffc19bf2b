import type { JWK } from 'jose';
import type { Database } from '../../../db/client.ts';
import {
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  retireSigningKeys,
} from '../../../db/queries/signing-keys.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { KeyStore, StoredKey } from './keyring.ts';

function rowOf(key: StoredKey) {
  return {
    kid: key.kid,
    alg: 'ES256',
    publicJwk: key.publicJwk as Record<string, unknown>,
    privateKeySealed: key.sealedPrivateKey,
    notBefore: key.notBefore,
  };
}

/** Signing keys in Postgres, shared by all processes; changes are serialised by an advisory lock. */
export function postgresKeyStore(database: Database): KeyStore {
  return {
    async list() {
      const rows = await withSystemScope(database, 'read', listSigningKeys);
      return rows.map((row) => ({
        kid: row.kid,
        publicJwk: row.publicJwk as JWK,
        sealedPrivateKey: row.privateKeySealed,
        notBefore: row.notBefore,
        retiresAt: row.retiresAt,
      }));
    },
    addFirst: (make) =>
      withSystemScope(database, 'write', async (scope) => {
        await lockSigningKeys(scope);
        if ((await listSigningKeys(scope)).length === 0) await insertSigningKey(scope, rowOf(await make()));
      }),
    rotate: (next, olderRetireAt) =>
      withSystemScope(database, 'write', async (scope) => {
        await lockSigningKeys(scope);
        await retireSigningKeys(scope, olderRetireAt);
        await insertSigningKey(scope, rowOf(next));
      }),
  };
}
