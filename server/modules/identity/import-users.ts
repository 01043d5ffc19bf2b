import { v7 } from 'uuid';
import type { Database } from '../../../db/client.ts';
import { ensureLink, findLinkedUser, findUserByEmail, userExists } from '../../../db/queries/accounts.ts';
import { ensureAccount } from '../../../db/queries/identity.ts';
import type { SystemScope } from '../../../db/scope.ts';
import { sqlState } from '../../../db/sql-state.ts';
import { withSystemScope } from '../../../db/tx.ts';
import { type ImportedUser, importable } from './supabase-export.ts';

export interface ImportReport {
  readonly read: number;
  readonly created: number;
  /** Existing people to whom a Supabase identity was added. */
  readonly linked: number;
  /** There already, and left as they are. */
  readonly unchanged: number;
  readonly skipped: readonly { readonly row: number; readonly reason: string }[];
}

export interface ImportOptions {
  readonly database: Database;
  /** Reads and reports, stores nothing. */
  readonly dryRun: boolean;
  readonly now: Date;
  /** Told after each row. */
  onRow?(): void;
}

type Outcome = 'created' | 'linked' | 'unchanged' | { readonly skipped: string };

/** What a dry run would have stored by now: rows of one file meet each other too. */
class Imagined {
  readonly subjects = new Set<string>();
  readonly users = new Set<string>();
  readonly holders = new Map<string, { readonly emailVerified: boolean }>();

  add(user: ImportedUser, outcome: 'created' | 'linked'): void {
    this.subjects.add(user.subject);
    if (outcome === 'linked') return;
    this.users.add(user.userId);
    if (user.email !== null) this.holders.set(user.email, user);
  }
}

/**
 * Stores the users of a Supabase export, each in a transaction of its own: the same id, confirmed e-mail, bcrypt hash
 * and Supabase identity. Run twice it changes nothing; stopped, it goes on where it was. A row that cannot be stored is
 * left out with a reason, which holds nothing of the row; rejects when the database cannot be reached.
 */
export async function importUsers(
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  options: ImportOptions,
): Promise<ImportReport> {
  const counts = { created: 0, linked: 0, unchanged: 0 };
  const skipped: { row: number; reason: string }[] = [];
  const imagined = new Imagined();
  let read = 0;
  for await (const raw of rows) {
    read += 1;
    const user = importable(raw, options.now);
    const outcome = 'skipped' in user ? user : await store(options, user, imagined);
    if (typeof outcome === 'string') counts[outcome] += 1;
    else skipped.push({ row: read, reason: outcome.skipped });
    options.onRow?.();
  }
  return { read, ...counts, skipped };
}

async function store(
  { database, dryRun }: ImportOptions,
  user: ImportedUser,
  imagined: Imagined,
): Promise<Outcome> {
  try {
    return await withSystemScope(
      database,
      { access: dryRun ? 'read' : 'write', work: 'job' },
      async (scope) => {
        const outcome = await decide(scope, user, imagined);
        if (typeof outcome !== 'string' || outcome === 'unchanged') return outcome;
        if (dryRun) imagined.add(user, outcome);
        else await write(scope, user, outcome);
        return outcome;
      },
    );
  } catch (error) {
    // Classes of what is wrong with the values: 22 cannot be held, 23 do not fit the rows there, 54 too long.
    const state = sqlState(error);
    if (state === null || !/^(2[23]|54)/.test(state)) throw error;
    return { skipped: `refused by the database (SQLSTATE ${state})` };
  }
}

async function decide(scope: SystemScope, user: ImportedUser, imagined: Imagined): Promise<Outcome> {
  const link = { providerId: 'supabase', accountId: user.subject };
  if (imagined.subjects.has(user.subject) || (await findLinkedUser(scope, link)) !== null) return 'unchanged';
  if (imagined.users.has(user.userId) || (await userExists(scope, user.userId))) return 'linked';
  const holder =
    user.email === null
      ? null
      : (imagined.holders.get(user.email) ?? (await findUserByEmail(scope, user.email)));
  if (holder === null) return 'created';
  const isSame = holder.emailVerified && user.emailVerified;
  return isSame
    ? 'linked'
    : { skipped: 'e-mail address belongs to another account, and is not confirmed on both sides' };
}

async function write(scope: SystemScope, user: ImportedUser, outcome: 'created' | 'linked'): Promise<void> {
  const userId = outcome === 'created' ? user.userId : await ownerOf(scope, user);
  if (outcome === 'created') {
    const { orgId, email, emailVerified, displayName } = user;
    const organisation = { orgId, organisationName: displayName, organisationKind: 'personal' } as const;
    await ensureAccount(scope, {
      ...organisation,
      userId,
      email,
      emailVerified,
      displayName,
      tier: 'repx0',
      role: 'owner',
    });
  }
  await ensureLink(scope, { id: v7(), providerId: 'supabase', accountId: user.subject, userId });
  // Of people who are here already the password they have here counts.
  if (outcome === 'created' && user.password !== null) {
    await ensureLink(scope, {
      id: v7(),
      providerId: 'credential',
      accountId: userId,
      userId,
      password: user.password,
    });
  }
}

async function ownerOf(scope: SystemScope, user: ImportedUser): Promise<string> {
  if (await userExists(scope, user.userId)) return user.userId;
  const holder = user.email === null ? null : await findUserByEmail(scope, user.email);
  return holder?.id ?? user.userId;
}
