import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import bcrypt from 'bcryptjs';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts } from '../../db/schema/auth.ts';
import { users } from '../../db/schema/identity.ts';
import { importUsers } from '../../server/modules/identity/import-users.ts';
import { type TestBackend, testBackend } from '../support/backend.ts';
import { Browser } from '../support/browser.ts';
import { system, testDatabase, testDatabaseUrl } from '../support/database.ts';
import { scratchFolder } from '../support/server-process.ts';
import { password, signedUp } from '../support/signed-up.ts';
import { userIdOf } from '../support/supabase.ts';

let server: TestBackend;
beforeAll(async () => {
  server = await testBackend();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('an import of exported users', () => {
  const subject = randomUUID();
  const email = `${subject}@example.com`;
  const row = async () => ({
    id: subject,
    email: email.toUpperCase(),
    encrypted_password: await bcrypt.hash(password, 10),
    email_confirmed_at: '2026-01-01T00:00:00Z',
    is_anonymous: false,
    raw_user_meta_data: { full_name: 'Ida Import', role: 'admin' },
  });
  const run = async (rows: unknown[], dryRun = false) =>
    importUsers(rows, { database: await testDatabase(), dryRun, now: new Date() });

  test('keeps the id and the password; the hash is made anew at the first sign-in', async () => {
    const rows = [await row()];
    expect(await run(rows, true)).toMatchObject({ read: 1, created: 1 });
    expect(await system(({ db }) => db.select().from(users).where(eq(users.email, email)))).toEqual([]);
    expect(await run(rows)).toMatchObject({ read: 1, created: 1, unchanged: 0 });
    const browser = new Browser(server.backend);
    expect(
      (await browser.post('/api/auth/sign-in/email', { email, password: 'wrong phrase 42' })).status,
    ).toBe(401);
    expect((await browser.post('/api/auth/sign-in/email', { email, password })).status).toBe(200);
    const stored = await system(({ db }) =>
      db
        .select({ password: accounts.password })
        .from(accounts)
        .where(and(eq(accounts.userId, userIdOf(subject)), eq(accounts.providerId, 'credential'))),
    );
    expect(stored[0]?.password).not.toMatch(/^\$2/);
    const again = new Browser(server.backend);
    expect((await again.post('/api/auth/sign-in/email', { email, password })).status).toBe(200);
    const session = (await (await again.request('/trpc/identity.getSession')).json()) as object;
    expect(session).toMatchObject({
      result: {
        data: { user: { id: userIdOf(subject), displayName: 'Ida Import' }, organisation: { role: 'owner' } },
      },
    });
  });

  test('run twice changes nothing, the new hash included', async () => {
    const before = await system(({ db }) =>
      db
        .select()
        .from(accounts)
        .where(eq(accounts.userId, userIdOf(subject))),
    );
    expect(await run([await row()])).toMatchObject({ created: 0, linked: 0, unchanged: 1, skipped: [] });
    const after = await system(({ db }) =>
      db
        .select()
        .from(accounts)
        .where(eq(accounts.userId, userIdOf(subject))),
    );
    expect(after).toEqual(before);
  });

  test('says which rows it leaves out, and why', async () => {
    const { email: taken } = await signedUp(server);
    const good = { id: randomUUID(), email: 'left-out@example.com' };
    const report = await run([
      { ...good, is_anonymous: 't' },
      { ...good, deleted_at: '2026-01-01T00:00:00Z' },
      { ...good, banned_until: '2999-01-01T00:00:00Z' },
      { ...good, encrypted_password: 'md5:1234' },
      { ...good, email: '' },
      { ...good, email: 'no address' },
      { ...good, id: 'root' },
      { ...good, email: taken },
      'not a row',
      { ...good, raw_user_meta_data: { name: 'a\u0000b' } },
      { ...good, raw_user_meta_data: { full_name: '\ud800' } },
      { ...good, encrypted_password: '$2a$31$'.padEnd(60, 'a') },
      // Longer than an index of Postgres can hold; random, so that it cannot be compressed.
      { ...good, email: `${randomBytes(4_000).toString('hex')}@example.com` },
    ]);
    expect(report).toMatchObject({ read: 13, created: 0 });
    expect(report.skipped.map(({ reason }) => reason)).toEqual([
      'anonymous',
      'deleted',
      'banned',
      'password hash of an unknown kind',
      'no e-mail address',
      'e-mail address not valid',
      'not a user: id',
      'e-mail address belongs to another account, and is not confirmed on both sides',
      'not a user: row',
      'text with a null character or half of a surrogate pair',
      'text with a null character or half of a surrogate pair',
      'password hash of an unknown kind',
      'refused by the database (SQLSTATE 54000)',
    ]);
  });

  test('foretells in a dry run what the run then does, with rows that meet each other in the file too', async () => {
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    const confirmed = { email_confirmed_at: '2026-01-01T00:00:00Z' };
    const rows = [
      { id: first, email: `${first}@example.com`, ...confirmed },
      { id: first, email: `${first}@example.com`, ...confirmed },
      { id: second, email: `${first}@example.com`, ...confirmed },
      { id: second, email: `${second}@example.com` },
      { id: third, email: `${first}@example.com` },
    ];
    const foretold = await run(rows, true);
    expect(foretold).toMatchObject({ read: 5, created: 1, linked: 1, unchanged: 2 });
    expect(foretold.skipped).toMatchObject([{ row: 5 }]);
    expect(await run(rows)).toEqual(foretold);
  });

  test('as a command goes on after lines that are none, and prints nothing of what it read', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'users.ndjson');
    const user = await row();
    const lines = [
      JSON.stringify({ ...user, id: randomUUID(), email: 'imported-by-command@example.com' }),
      '{"id": "cut off in the middle of somebody@exam',
      JSON.stringify({ ...user, id: randomUUID(), raw_user_meta_data: { name: 'Nul\u0000Name' } }),
      JSON.stringify({ ...user, id: randomUUID(), email: 'after-the-bad-ones@example.com' }),
    ];
    await writeFile(file, lines.join('\n'));
    const { stdout, stderr } = await command([process.execPath, 'server/main/identity-import.ts', file]);
    expect(stdout).toContain('read 4, created 2, linked 0, unchanged 0, skipped 2');
    expect(stdout).toContain('1 × not a user: row (rows 2)');
    expect(stdout).toContain('1 × text with a null character or half of a surrogate pair (rows 3)');
    expect(stdout + stderr).not.toMatch(/example\.com|exam|\$2[ab]\$|Nul|Ida/);
  });

  test('as a command reads a JSON array and CSV; in a dry run it stores nothing', async () => {
    using folder = scratchFolder();
    const [json, csv] = [join(folder.path, 'users.json'), join(folder.path, 'users.csv')];
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    const hash = await bcrypt.hash(password, 4);
    await writeFile(json, JSON.stringify([{ ...(await row()), id: first, email: `${first}@example.com` }]));
    // As Postgres writes it: a byte order mark, quotes doubled, t and f, nothing for null, the order of columns its own.
    const meta = '"{""full_name"": ""Cora Comma, of CSV""}"';
    await writeFile(
      csv,
      [
        '\ufeffemail,id,encrypted_password,email_confirmed_at,is_anonymous,deleted_at,raw_user_meta_data',
        `${second}@example.com,${second},${hash},2026-01-01 00:00:00+00,f,,${meta}`,
        `${third}@example.com,${third},,,t,,`,
        '',
      ].join('\r\n'),
    );
    const importing = async (...given: string[]) =>
      (await command([process.execPath, 'server/main/identity-import.ts', ...given])).stdout;
    const stored = async (id: string) =>
      (
        await system(({ db }) =>
          db
            .select()
            .from(users)
            .where(eq(users.id, userIdOf(id))),
        )
      )[0];
    expect(await importing('--dry-run', csv)).toBe(
      'Dry run: nothing was stored.\n  read 2, created 1, linked 0, unchanged 0, skipped 1\n    1 × anonymous (rows 2)\n',
    );
    expect(await stored(second)).toBeUndefined();
    expect(await Promise.all([importing(json), importing(csv)])).toEqual([
      expect.stringContaining('Done.\n  read 1, created 1'),
      expect.stringContaining('Done.\n  read 2, created 1'),
    ]);
    expect(await stored(first)).toMatchObject({ email: `${first}@example.com`, displayName: 'Ida Import' });
    expect(await stored(second)).toMatchObject({ emailVerified: true, displayName: 'Cora Comma, of CSV' });
    const browser = new Browser(server.backend);
    const signIn = { email: `${second}@example.com`, password };
    expect((await browser.post('/api/auth/sign-in/email', signIn)).status).toBe(200);
  });

  test('as a command in a terminal shows how far it is, and leaves the terminal clean', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'users.json');
    await writeFile(file, JSON.stringify(Array.from({ length: 3 }, () => ({ id: randomUUID(), email: '' }))));
    const inner = `${process.execPath} server/main/identity-import.ts ${file} --dry-run`;
    const { stdout } = await command(['script', '-qec', inner, '/dev/null']);
    expect(stdout).toMatch(/-+ 0\/3 users/);
    expect(stdout).toMatch(/=+ 3\/3 users/);
    const [, after = ''] = stdout.split('3/3 users');
    expect(after, 'the line is cleared').toContain('\u001b[2KDry run: nothing was stored.');
  });

  test('as a command says in a line that a file is no export', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'users.json');
    await writeFile(file, '{"users": 1}');
    await expect(command([process.execPath, 'server/main/identity-import.ts', file])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\S+ holds no list of users\.\n$/),
    });
  });
});

/** Runs a command on this file's database; rejects when it ends with another code than 0. */
async function command([program = '', ...given]: readonly string[]) {
  using folder = scratchFolder();
  const env = { ...process.env, DATABASE_URL: await testDatabaseUrl(), DATA_DIR: folder.path };
  return promisify(execFile)(program, given, { env });
}
