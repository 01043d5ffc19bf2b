import { hashPassword, verifyPassword } from 'better-auth/crypto';
import type { Database } from '../../../db/client.ts';
import { hasImportedHashes, replacePasswordHash } from '../../../db/queries/accounts.ts';
import { withSystemScope } from '../../../db/tx.ts';

/** As Supabase (GoTrue) writes them. */
const BCRYPT = /^\$2[aby]\$/;
/** Of a password that nobody knows, at the cost that GoTrue uses. */
const NOBODYS_BCRYPT = '$2b$10$kGvIQ0cC7Na9/peW3wBkmeMtRkjLReLA5dnfLKHd5NrRl6hNpCoCG';
const LOOK_MS = 60_000;

export const passwordLength = {
  /** NIST SP 800-63B asks for 8 at least; the longer bound keeps hashing cheap to refuse. */
  min: 8,
  max: 128,
} as const;

/** The two kinds of work, and what is known of the stored hashes. */
export interface HashParts {
  readonly scrypt: { hash(password: string): Promise<string>; matches(check: Check): Promise<boolean> };
  readonly bcrypt: { matches(check: Check): Promise<boolean> };
  /** Whether anybody's password is still stored as it was imported. */
  importsLeft(): Promise<boolean>;
  replace(hash: string, fresh: string): Promise<void>;
}

interface Check {
  readonly hash: string;
  readonly password: string;
}

interface PasswordHashing {
  hash(password: string): Promise<string>;
  verify(check: Check): Promise<boolean>;
}

/**
 * Passwords as the library stores them (scrypt); an imported bcrypt hash is verified once more and then replaced. As long
 * as one is left, each attempt does one scrypt and one bcrypt side by side, whoever it is about, and for nobody too (the
 * library then hashes): otherwise the time of an answer tells whose account was imported.
 */
export function passwordHashing({ scrypt, bcrypt, importsLeft, replace }: HashParts): PasswordHashing {
  const nobody = async (password: string) => {
    if (await importsLeft()) await bcrypt.matches({ hash: NOBODYS_BCRYPT, password });
  };
  return {
    async hash(password) {
      const [hash] = await Promise.all([scrypt.hash(password), nobody(password)]);
      return hash;
    },
    async verify(check) {
      const { hash, password } = check;
      if (!BCRYPT.test(hash)) return (await Promise.all([scrypt.matches(check), nobody(password)]))[0];
      const [isRight, fresh] = await Promise.all([bcrypt.matches(check), scrypt.hash(password)]);
      if (isRight) await replace(hash, fresh);
      return isRight;
    },
  };
}

/** The real work, on our accounts. */
export function storedPasswords(database: Database): PasswordHashing {
  let known: Promise<boolean> = Promise.resolve(false);
  let lookAt = 0;
  return passwordHashing({
    scrypt: { hash: hashPassword, matches: verifyPassword },
    bcrypt: {
      async matches({ hash, password }) {
        const { default: bcrypt } = await import('bcryptjs');
        return bcrypt.compare(password, hash);
      },
    },
    importsLeft() {
      if (Date.now() < lookAt) return known;
      lookAt = Date.now() + LOOK_MS;
      known = withSystemScope(database, 'read', hasImportedHashes).catch((error: unknown) => {
        lookAt = 0;
        throw error;
      });
      return known;
    },
    replace: (hash, fresh) =>
      withSystemScope(database, 'write', (scope) => replacePasswordHash(scope, hash, fresh)),
  });
}
