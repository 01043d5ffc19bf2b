import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import { memberships, users } from '../../db/schema/identity.ts';
import { auditLog } from '../../db/schema/operations.ts';
import { withSystemScope } from '../../db/tx.ts';
import type { Role } from '../../server/core/actor.ts';
import type { Answer, SignedIn, TestBackend } from './backend.ts';
import { system, testDatabase } from './database.ts';

/** A new person with a personal organisation, signed in there. */
export function person(server: TestBackend): Promise<SignedIn> {
  return server.signIn({ kind: 'personal', tier: 'repx0' });
}

/** A new person who joined `team` in a role and works in it now; `home` is their personal organisation. */
export async function colleague(
  server: TestBackend,
  team: Pick<SignedIn, 'orgId'>,
  role: Role,
): Promise<SignedIn & { readonly home: string }> {
  const { token, orgId: home, userId } = await person(server);
  await withSystemScope(await testDatabase(), 'write', ({ db }) =>
    db.insert(memberships).values({ orgId: team.orgId, userId, role }),
  );
  return { token: await switchTo(server, token, team.orgId), orgId: team.orgId, userId, home };
}

/** The token of a session after it was put into another organisation. */
export async function switchTo(server: TestBackend, token: string, organisationId: string): Promise<string> {
  const { data, failure } = await server.mutate('organisations.switch', { organisationId }, { token });
  if (data === undefined) throw new Error(`not switched: ${failure?.code}`);
  return data.accessToken as string;
}

/** What a session shows its person of the organisation they work in. */
export interface Session {
  readonly organisation: { readonly name: string; readonly role: string };
}

/** What the session of a token is now, or why it is none. */
export function sessionOf(server: TestBackend, token: string): Promise<Answer> {
  return server.query('identity.getSession', undefined, { token });
}

/** Waits until `holds`; fails after 1 s, within which every change of rights is in force. */
export async function within1s(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 1000; performance.now() < deadline; await sleep(10)) {
    if (await holds()) return;
  }
  throw new Error('did not hold within 1 s');
}

/** The data of an answer that must not be a failure. */
export function dataOf<T>({ data, failure }: Answer): T {
  if (data === undefined) throw new Error(`no data: ${failure?.code}`);
  return data as T;
}

/** The role that whoever has this address has in an organisation; null for nobody. */
export async function roleByEmail(email: string, orgId: string): Promise<string | null> {
  const rows = await withSystemScope(await testDatabase(), 'read', ({ db }) =>
    db
      .select({ role: memberships.role })
      .from(memberships)
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(and(eq(users.email, email), eq(memberships.orgId, orgId))),
  );
  return rows[0]?.role ?? null;
}

/** What the audit log holds of an act on a subject. */
export function audited(operation: string, subject: string) {
  return system(({ db }) =>
    db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.operation, operation), eq(auditLog.subject, subject))),
  );
}
