import bcryptjs from 'bcryptjs';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { passwordHashing } from '../../server/integrations/auth/passwords.ts';

const password = 'a long enough phrase 42';
const work: string[] = [];
const replaced: string[] = [];
let importsLeft = true;

/** The real work, counted. */
const hashing = passwordHashing({
  scrypt: {
    hash(text) {
      work.push('scrypt');
      return hashPassword(text);
    },
    matches(check) {
      work.push('scrypt');
      return verifyPassword(check);
    },
  },
  bcrypt: {
    matches({ hash, password: text }) {
      work.push(`bcrypt ${bcryptjs.getRounds(hash)}`);
      return bcryptjs.compare(text, hash);
    },
  },
  importsLeft: async () => importsLeft,
  replace: async (_hash, fresh) => void replaced.push(fresh),
});

let own: string;
let imported: string;
beforeAll(async () => {
  own = await hashPassword(password);
  imported = await bcryptjs.hash(password, 10);
});
beforeEach(() => {
  work.length = 0;
  replaced.length = 0;
});

const attempts: Record<string, () => Promise<unknown>> = {
  'with the password of an account of ours': () => hashing.verify({ hash: own, password }),
  'with a wrong one': () => hashing.verify({ hash: own, password: 'wrong' }),
  'with the password of an imported account': () => hashing.verify({ hash: imported, password }),
  'with a wrong one of an imported account': () => hashing.verify({ hash: imported, password: 'wrong' }),
  // What the library does for an unknown address, and for an account without a password.
  'at an unknown account': () => hashing.hash(password),
};

describe('an attempt costs one scrypt and one bcrypt of the same cost while imported hashes are left', () => {
  test.each(Object.keys(attempts))('%s', async (attempt) => {
    importsLeft = true;
    await attempts[attempt]?.();
    expect(work.sort()).toEqual(['bcrypt 10', 'scrypt']);
  });
});

test('without imported hashes an attempt costs one scrypt', async () => {
  importsLeft = false;
  await hashing.verify({ hash: own, password });
  await hashing.hash(password);
  expect(work).toEqual(['scrypt', 'scrypt']);
});

test('the right password of an imported account is stored anew, a wrong one is not', async () => {
  expect(await hashing.verify({ hash: imported, password: 'wrong' })).toBe(false);
  expect(replaced).toEqual([]);
  expect(await hashing.verify({ hash: imported, password })).toBe(true);
  expect(await verifyPassword({ hash: replaced[0] ?? '', password })).toBe(true);
});
