import { hashPassword, verifyPassword } from 'better-auth/crypto';
import type { Database } from '../../../db/client.ts';
import { replacePasswordHash } from '../../../db/queries/accounts.ts';
import { withSystemScope } from '../../../db/tx.ts';

/** As Supabase (GoTrue) writes them. */
const BCRYPT = /^\$2[aby]\$/;

export const passwords = {
  /** NIST SP 800-63B asks for 8 at least; the longer bound keeps hashing cheap to refuse. */
  minLength: 8,
  maxLength: 128,
  /** scrypt as the library does it; an imported bcrypt hash is verified once more and then replaced. */
  hashing(database: Database) {
    return {
      hash: hashPassword,
      async verify({ hash, password }: { hash: string; password: string }): Promise<boolean> {
        if (!BCRYPT.test(hash)) return verifyPassword({ hash, password });
        const { default: bcrypt } = await import('bcryptjs');
        if (!(await bcrypt.compare(password, hash))) return false;
        const fresh = await hashPassword(password);
        await withSystemScope(database, 'write', (scope) => replacePasswordHash(scope, hash, fresh));
        return true;
      },
    };
  },
} as const;
